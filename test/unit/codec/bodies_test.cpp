#include "codec/bodies.hpp"

#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "base/sha256.hpp"
#include "base/time.hpp"

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

TEST_CASE("an eviction holds for one UID, with a grace period only where one is given", "[codec]") {
  CHECK(codec::EvictionBody("team-a", "web-1", "u1", std::nullopt) ==
        R"({"apiVersion":"policy/v1","deleteOptions":{"preconditions":{"uid":"u1"}},)"
        R"("kind":"Eviction","metadata":{"name":"web-1","namespace":"team-a"}})");
  CHECK(json::parse(codec::EvictionBody("n", "p", "u", 0))["deleteOptions"] ==
        json{{"preconditions", {{"uid", "u"}}}, {"gracePeriodSeconds", 0}});
}

TEST_CASE("a delete holds for one UID", "[codec]") {
  CHECK(codec::DeleteBody("u1", "") ==
        R"({"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"uid":"u1"}})");
  CHECK(json::parse(codec::DeleteBody("u1", "Background"))["propagationPolicy"] == "Background");
}

TEST_CASE("a Job's time to live is set only on the Job of that UID", "[codec]") {
  CHECK(codec::JobTtlPatch("u1", 3600) ==
        R"({"metadata":{"uid":"u1"},"spec":{"ttlSecondsAfterFinished":3600}})");
}

TEST_CASE("any text becomes a legal label value", "[codec]") {
  const std::string longest(63, 'a');
  const std::string longer(64, 'a');
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", ""},
      {"v1.36.3", "v1.36.3"},
      {"v1.36.3+k3s1", "v1.36.3_k3s1"},
      {"team/a b", "team_a_b"},
      {"-x-", "x"},
      {"+", ""},
      {"Müller", "M__ller"},
      {longest, longest},
      {longer, std::string(52, 'a') + "-" + base::Sha256Hex(longer).substr(0, 10)},
  };
  for (const auto& [text, value] : cases) {
    INFO(text);
    CHECK(codec::LabelValue(text) == value);
  }
  CHECK(codec::LabelValue(longer).size() == 63);
  CHECK(codec::LabelValue(longer + "b") != codec::LabelValue(longer + "c"));
}

TEST_CASE("a Lease is created without version and released without holder", "[codec]") {
  codec::LeaseBodyInput input;
  input.name = "controller";
  input.ns = "system";
  input.holder = "me";
  input.acquired = *base::ParseTime("2026-11-22T18:00:00.000001Z");
  input.renewed = *base::ParseTime("2026-11-22T18:00:02.5Z");
  input.transitions = 4;
  CHECK(codec::LeaseBody(input) ==
        R"({"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"controller",)"
        R"("namespace":"system"},"spec":{"acquireTime":"2026-11-22T18:00:00.000001Z",)"
        R"("holderIdentity":"me","leaseDurationSeconds":15,"leaseTransitions":4,)"
        R"("renewTime":"2026-11-22T18:00:02.500000Z"}})");
  input.resource_version = "9";
  input.holder = "";
  const json released = json::parse(codec::LeaseBody(input));
  CHECK(released["metadata"]["resourceVersion"] == "9");
  CHECK_FALSE(released["spec"].contains("holderIdentity"));
}

TEST_CASE("an Event says what it regards, and who reported it", "[codec]") {
  codec::EventBodyInput input;
  input.name = "production.17";
  input.ns = "default";
  input.regarding_kind = "ClusterUpgrade";
  input.regarding_name = "production";
  input.regarding_uid = "u1";
  input.reason = "NodeUpgraded";
  input.action = "Upgrade";
  input.note = "worker-1 runs v1.36.3";
  input.instance = "controller-1";
  input.time = *base::ParseTime("2026-11-22T18:00:00Z");
  const json event = json::parse(codec::EventBody(input));
  CHECK(event == json{{"apiVersion", "events.k8s.io/v1"},
                      {"kind", "Event"},
                      {"metadata", {{"name", "production.17"}, {"namespace", "default"}}},
                      {"eventTime", "2026-11-22T18:00:00.000000Z"},
                      {"reportingController", "clusterupgrade.io/controller"},
                      {"reportingInstance", "controller-1"},
                      {"type", "Normal"},
                      {"reason", "NodeUpgraded"},
                      {"action", "Upgrade"},
                      {"note", "worker-1 runs v1.36.3"},
                      {"regarding",
                       {{"apiVersion", "clusterupgrade.io/v1alpha1"},
                        {"kind", "ClusterUpgrade"},
                        {"name", "production"},
                        {"uid", "u1"}}}});

  input.warning = true;
  input.related_node = "worker-1";
  input.related_node_uid = "n1";
  input.regarding_kind = "Node";
  const json warning = json::parse(codec::EventBody(input));
  CHECK(warning["type"] == "Warning");
  CHECK(warning["regarding"]["apiVersion"] == "v1");
  CHECK(warning["related"] ==
        json{{"apiVersion", "v1"}, {"kind", "Node"}, {"name", "worker-1"}, {"uid", "n1"}});
}

TEST_CASE("an Event's note is cut to what the API server takes, between characters", "[codec]") {
  codec::EventBodyInput input;
  for (int i = 0; i < 700; ++i) {
    input.note += "é";
  }
  input.instance = std::string(300, 'x');
  CHECK(json::parse(codec::EventBody(input))["note"].get<std::string>().size() == 1024);
  CHECK(json::parse(codec::EventBody(input))["reportingInstance"].get<std::string>().size() == 128);
  input.note = "x" + input.note;
  CHECK(json::parse(codec::EventBody(input))["note"].get<std::string>().size() == 1023);
}

TEST_CASE("bytes that are not UTF-8 never stop a body", "[codec]") {
  codec::EventBodyInput input;
  input.note = "\xff\xfe\xc3";
  input.reason = "\x80";
  CHECK(json::parse(codec::EventBody(input))["note"] == "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
  codec::NodeApply apply;
  apply.annotations = {{"\xff", "\xff"}};
  CHECK(json::accept(codec::NodeApplyBody(apply)));
  CHECK(codec::LabelValue("\xff"
                          "a\xff") == "a");
}
