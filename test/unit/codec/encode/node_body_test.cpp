#include "codec/encode/node_body.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace cu;
using nlohmann::json;

TEST_CASE("an apply on a Node always names the Node's UID", "[codec]") {
  codec::NodeApply apply;
  apply.name = "worker-1";
  apply.uid = "u1";
  CHECK(codec::NodeApplyBody(apply) ==
        R"({"apiVersion":"v1","kind":"Node","metadata":{"name":"worker-1","uid":"u1"}})");

  apply.resource_version = "7";
  apply.labels = {{"l", "1"}};
  apply.annotations = {{"clusterupgrade.io/cordoned-by", "production/u"}};
  apply.unschedulable = true;
  CHECK(codec::NodeApplyBody(apply) ==
        R"({"apiVersion":"v1","kind":"Node","metadata":{"annotations":)"
        R"({"clusterupgrade.io/cordoned-by":"production/u"},"labels":{"l":"1"},"name":"worker-1",)"
        R"("resourceVersion":"7","uid":"u1"},"spec":{"unschedulable":true}})");
}

TEST_CASE("a taint is added to the list or removed from its place, for one version of the Node",
          "[codec]") {
  codec::TaintPatch patch{"7", {"clusterupgrade.io/outdated", "u", "PreferNoSchedule"}, {}, false};
  const json version = {{"op", "replace"}, {"path", "/metadata/resourceVersion"}, {"value", "7"}};
  const json taint = {
      {"key", "clusterupgrade.io/outdated"}, {"value", "u"}, {"effect", "PreferNoSchedule"}};
  CHECK(json::parse(codec::NodeTaintPatch(patch)) ==
        json::array({version, {{"op", "add"}, {"path", "/spec/taints/-"}, {"value", taint}}}));
  patch.alone = true;
  CHECK(json::parse(codec::NodeTaintPatch(patch)) ==
        json::array(
            {version, {{"op", "add"}, {"path", "/spec/taints"}, {"value", json::array({taint})}}}));
  patch.at = 2;
  CHECK(json::parse(codec::NodeTaintPatch(patch)) ==
        json::array({version,
                     {{"op", "test"}, {"path", "/spec/taints/2"}, {"value", taint}},
                     {{"op", "remove"}, {"path", "/spec/taints/2"}}}));
}
