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
