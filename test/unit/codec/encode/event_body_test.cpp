#include "codec/encode/event_body.hpp"

#include <string>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "base/time.hpp"

using namespace cu;
using nlohmann::json;

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
