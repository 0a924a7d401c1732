#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "base/random.hpp"
#include "codec/decode.hpp"
#include "codec/encode/event_body.hpp"
#include "codec/encode/job_body.hpp"
#include "codec/encode/label_value.hpp"
#include "codec/encode/node_body.hpp"
#include "unit/codec/testdata.hpp"

/// Input that no server should send: nothing may crash, throw or take long.
using namespace cu;
using nlohmann::json;

namespace {

/// Decodes in every way; true if it could be read. Any Error must be kMalformed.
template <class T>
bool Survives(const std::string& text) {
  const auto check = [](const auto& result) {
    if (!result.ok() && (result.error().kind != base::ErrorKind::kMalformed ||
                         result.error().message.empty() || result.error().message.size() > 400)) {
      FAIL(result.error().message);
    }
    return result.ok();
  };
  check(codec::DecodePage<T>(R"({"metadata":{"resourceVersion":"1"},"items":[)" + text + "]}"));
  check(codec::DecodeWatchEvent<T>(R"({"type":"MODIFIED","object":)" + text + "}"));
  return check(codec::Decode<T>(text));
}

struct Kind {
  const char* file;
  bool (*survives)(const std::string&);
};

const std::vector<Kind> kKinds = {
    {"node.json", Survives<api::Node>},
    {"pod.json", Survives<api::Pod>},
    {"pod_disruption_budget.json", Survives<api::PodDisruptionBudget>},
    {"job.json", Survives<api::Job>},
    {"lease.json", Survives<api::Lease>},
    {"cluster_upgrade.json", Survives<api::ClusterUpgrade>},
};

/// A document small enough to be decoded thousands of times.
std::string Small(const char* file) {
  json object = json::parse(Testdata(file));
  object["metadata"].erase("managedFields");
  if (object.contains("status")) {
    object["status"].erase("images");
  }
  if (object["spec"].contains("containers")) {
    object["spec"]["containers"] = json::array();
  }
  return object.dump();
}

void Walk(const json& value,
          const json::json_pointer& place,
          const std::function<void(const json::json_pointer&)>& visit) {
  visit(place);
  if (value.is_object()) {
    for (const auto& [name, member] : value.items()) {
      Walk(member, place / name, visit);
    }
  } else if (value.is_array()) {
    for (std::size_t i = 0; i < value.size(); ++i) {
      Walk(value[i], place / i, visit);
    }
  }
}

std::string Mutated(std::string text, base::Random& random) {
  static const std::string kBytes = "{}[]\",:0123456789-+.eE\\ntfu\x00\x7f\xff\xc3 ";
  const std::uint64_t changes = 1 + random.Below(4);
  for (std::uint64_t i = 0; i < changes && !text.empty(); ++i) {
    const std::size_t at = random.Below(text.size());
    const std::size_t length = 1 + random.Below(8);
    const std::size_t from = random.Below(text.size());
    switch (random.Below(5)) {
      case 0:
        text[at] = kBytes[random.Below(kBytes.size())];
        break;
      case 1:
        text.erase(at, length);
        break;
      case 2:
        text.insert(at, text.substr(from, length));
        break;
      case 3:
        text.resize(at);
        break;
      default:
        text[at] = static_cast<char>(random.Below(256));
        break;
    }
  }
  return text;
}

}  // namespace

TEST_CASE("a value of any type at any place crashes nothing", "[codec]") {
  const std::vector<json> values = {nullptr,
                                    true,
                                    -1,
                                    18446744073709551615U,
                                    1e300,
                                    "",
                                    "text",
                                    json::array(),
                                    json::object(),
                                    json::array({nullptr, 1, "x", json::array(), json::object()}),
                                    json{{"", {{"name", 1}}}}};
  for (const Kind& kind : kKinds) {
    const json object = json::parse(Small(kind.file));
    const bool bad_parts_are_kept = std::string(kind.file) == "cluster_upgrade.json";
    Walk(object, json::json_pointer(), [&](const json::json_pointer& place) {
      for (const json& value : values) {
        json changed = object;
        changed[place] = value;
        const bool read = kind.survives(changed.dump());
        const std::string at = place.to_string();
        if (!read && bad_parts_are_kept && (at.starts_with("/spec") || at.starts_with("/status"))) {
          FAIL(kind.file << at << " = " << value.dump());
        }
      }
    });
  }
}

TEST_CASE("a document cut anywhere is malformed", "[codec]") {
  for (const Kind& kind : kKinds) {
    const std::string text = Small(kind.file);
    REQUIRE(kind.survives(text));
    for (std::size_t length = 0; length < text.size(); length += 1 + length / 97) {
      INFO(kind.file << " cut at " << length);
      REQUIRE_FALSE(kind.survives(text.substr(0, length)));
    }
  }
}

TEST_CASE("twenty thousand mutated documents crash nothing", "[codec]") {
  base::Random random(20261122);
  std::vector<std::string> texts;
  for (const Kind& kind : kKinds) {
    texts.push_back(Small(kind.file));
  }
  int read = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::size_t which = random.Below(kKinds.size());
    const std::string text = Mutated(texts[which], random);
    CAPTURE(i);
    read += kKinds[which].survives(text) ? 1 : 0;
    codec::DecodeApiStatus(text);
  }
  CHECK(read > 500);
  CHECK(read < 19'500);
}

TEST_CASE("mutated templates crash no Job body, and what is built is JSON", "[codec]") {
  base::Random random(7);
  api::JobRequest input;
  const std::string text =
      R"({"metadata":{"labels":{"a":"b"}},"spec":{"containers":[{"name":"a","env":[{"name":"X",)"
      R"("value":"y"}],"volumeMounts":[{"name":"v","mountPath":"/host"}],"securityContext":)"
      R"({"privileged":true}}],"volumes":[{"name":"v","hostPath":{"path":"/"}}],"tolerations":[]}})";
  int built = 0;
  for (int i = 0; i < 5'000; ++i) {
    input.pod_template = Mutated(text, random);
    CAPTURE(i);
    const auto body = codec::JobBody(input, "jobs");
    if (body.ok()) {
      ++built;
      REQUIRE(json::accept(*body));
    } else {
      REQUIRE(body.error().kind == base::ErrorKind::kMalformed);
    }
  }
  CHECK(built > 100);
  CHECK(built < 4'900);
}

TEST_CASE("deep nesting is refused, not followed", "[codec]") {
  constexpr std::size_t kDepth = 1'000'000;
  const std::string arrays(kDepth, '[');
  const std::string closed = arrays + std::string(kDepth, ']');
  std::string objects;
  for (std::size_t i = 0; i < kDepth; ++i) {
    objects += "{\"a\":";
  }
  for (const std::string& nested : {arrays, closed, objects}) {
    for (const char* place : {"spec", "other"}) {
      const auto upgrade = codec::Decode<api::ClusterUpgrade>(
          R"({"metadata":{"name":"a"},")" + std::string(place) + "\":" + nested + "}");
      REQUIRE_FALSE(upgrade.ok());
      CHECK(upgrade.error().message == "JSON nested deeper than 200 levels");
    }
  }
}

TEST_CASE("what is dropped may be nested as deep as it likes", "[codec]") {
  constexpr std::size_t kDepth = 1'000'000;
  const std::string nested = std::string(kDepth, '[') + std::string(kDepth, ']');
  const auto upgrade = codec::Decode<api::ClusterUpgrade>(
      R"({"metadata":{"name":"a","managedFields":)" + nested + R"(},"status":{"epoch":7}})");
  REQUIRE(upgrade.ok());
  CHECK(upgrade->status.epoch == 7);
}

TEST_CASE("a value of any type outside an object's identity hides no other object", "[codec]") {
  const auto page = [](const json& odd) {
    return codec::DecodePage<api::PodDisruptionBudget>(json{
        {"metadata", {{"resourceVersion", "9"}}},
        {"items",
         {odd, {{"metadata", {{"name", "other"}}}}}}}.dump());
  };
  const json object = json::parse(Small("pod_disruption_budget.json"));
  Walk(object, json::json_pointer(), [&](const json::json_pointer& place) {
    const std::string at = place.to_string();
    if (at.empty() || at == "/metadata" || at == "/metadata/name" || at == "/metadata/namespace" ||
        at == "/metadata/uid" || at == "/metadata/resourceVersion") {
      return;
    }
    for (const json& value :
         {json(true), json(-1), json("text"), json::array({1}), json{{"", 1}}}) {
      json changed = object;
      changed[place] = value;
      const auto read = page(changed);
      if (!read.ok() || read->items.size() != 2) {
        FAIL(at << " = " << value.dump());
      }
    }
  });
}

TEST_CASE("many small members are read in linear time", "[codec]") {
  std::string items;
  for (int i = 0; i < 200'000; ++i) {
    items += "{},";
  }
  const auto upgrade = codec::Decode<api::ClusterUpgrade>(
      R"({"metadata":{"name":"a"},"spec":{"pools":[)" + items + "{}]}}");
  REQUIRE(upgrade.ok());
  CHECK(upgrade->spec.problems.size() == 20);
}

/// {"k0":"v","k1":"v",…} of about this many bytes.
json ManyLabels(std::size_t bytes) {
  json labels = json::object();
  for (std::size_t i = 0; i < bytes / 40; ++i) {
    labels["example.com/some-label-" + std::to_string(100'000 + i)] = "value";
  }
  return labels;
}

TEST_CASE("of an object of any size a bounded part is kept, and who it is", "[codec]") {
  constexpr std::size_t kMegabyte = 1'000'000;
  json pod = json::parse(Testdata("pod.json"));
  pod["metadata"]["labels"] = ManyLabels(kMegabyte);
  pod["metadata"]["finalizers"] = json::array();
  for (int i = 0; i < 50'000; ++i) {
    pod["metadata"]["finalizers"].push_back("f");
  }
  json small = json::parse(Testdata("pod.json"));
  small["metadata"]["name"] = "small";
  const auto page = codec::DecodePage<api::Pod>(
      json{{"metadata", {{"resourceVersion", "1"}}}, {"items", {pod, small}}}.dump());
  REQUIRE(page.ok());
  REQUIRE(page->items.size() == 2);
  const api::Pod& large = page->items[0];
  const api::Pod& other = page->items[1];
  CHECK(large.oversized);
  CHECK_FALSE(other.oversized);
  CHECK(large.meta.labels.size() > 30);
  CHECK(large.meta.labels.size() < 120);
  CHECK(large.meta.finalizers.size() < 120);
  CHECK(large.meta.uid == other.meta.uid);
  CHECK(large.meta.controller == other.meta.controller);
  CHECK(large.node_name == other.node_name);
  CHECK(large.phase == other.phase);
  CHECK(large.claims == other.claims);
  CHECK(page->unreadable.at(large.meta.Key()) ==
        "metadata.labels: takes more than 12288 bytes and is not wholly read");
  const auto line =
      codec::DecodeWatchEvent<api::Pod>(json{{"type", "ADDED"}, {"object", pod}}.dump());
  REQUIRE(line.ok());
  CHECK(line->object == large);
}

TEST_CASE("a selector that is not kept whole selects no fewer pods", "[codec]") {
  json budget = json::parse(Testdata("pod_disruption_budget.json"));
  const json half{{"key", "app"}, {"operator", "In"}, {"values", {"web"}}};
  json whole{{"key", "tier"}, {"operator", "In"}, {"values", json::array()}};
  for (int i = 0; i < 100'000; ++i) {
    whole["values"].push_back("v" + std::to_string(i));
  }
  budget["spec"]["selector"] = {{"matchExpressions", {half, whole}}};
  const auto line = codec::DecodeWatchEvent<api::PodDisruptionBudget>(
      json{{"type", "ADDED"}, {"object", budget}}.dump());
  REQUIRE(line.ok());
  CHECK(line->object.oversized);
  CHECK(line->object.selector->Matches({{"app", "web"}, {"tier", "v99999"}}));
  CHECK(line->object.selector->match_expressions.size() == 1);
}

TEST_CASE("the last of repeated members counts", "[codec]") {
  const auto node =
      codec::Decode<api::Node>(R"({"metadata":{"name":"a"},"metadata":{"name":"b"}})");
  REQUIRE(node.ok());
  CHECK(node->meta.name == "b");
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
