#include "codec/decode.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/codec/testdata.hpp"

using namespace cu;
using codec::Decode;
using codec::DecodePage;
using codec::DecodeWatchEvent;
using codec::WatchType;

namespace {

const std::string kSmallNode = R"({"metadata":{"name":"a","resourceVersion":"5"}})";

/// Its budget cannot be read wholly.
const char* const kOddBudget =
    R"({"metadata":{"name":"web","namespace":"team","uid":"u","resourceVersion":"6"},
        "spec":{"minAvailable":"half","selector":{"matchLabels":{"app":"web"},
                "matchExpressions":[{"key":"tier","operator":"Like","values":["x"]},
                                    {"key":"zone","operator":"Exists"}]}},
        "status":{"disruptionsAllowed":2}})";

}  // namespace

TEST_CASE("what cannot be an object is malformed and says where", "[codec]") {
  struct Case {
    const char* json;
    const char* message;
  };
  const std::vector<Case> cases = {
      {"", "not JSON from byte 1"},
      {"{", "not JSON from byte 2"},
      {"{} x", "not JSON from byte 4"},
      {"null", "metadata.name: is missing"},
      {"{}", "metadata.name: is missing"},
      {"[]", "must be an object, not array"},
      {R"({"kind":"Status","metadata":{},"status":"Success"})", "metadata.name: is missing"},
      {R"({"metadata":{"name":5}})", "metadata.name: must be a string, not number"},
      {R"({"metadata":{"name":"a","labels":{"x":1}}})", "metadata.labels.x: must be a string"},
      {R"({"metadata":{"name":"a","generation":1e3}})",
       "metadata.generation: must be a whole number, not 1000.0"},
      {R"({"metadata":{"name":"a","generation":9223372036854775808}})",
       "metadata.generation: must be a whole number, not 9223372036854775808"},
      {R"({"metadata":{"name":"a","creationTimestamp":"yesterday"}})",
       R"(metadata.creationTimestamp: must be a time, not "yesterday")"},
      {R"({"metadata":{"name":"a"},"spec":[]})", "spec: must be an object, not array"},
      {R"({"metadata":{"name":"a"},"spec":{"unschedulable":"true"}})",
       "spec.unschedulable: must be a boolean, not string"},
      {R"({"metadata":{"name":"a"},"spec":{"taints":[{"key":"x"},7]}})",
       "spec.taints[1]: must be an object, not number"},
      {R"({"metadata":{"name":"a","generation":1e999}})", "not JSON from byte"},
      {"{\"metadata\":{\"name\":\"\xff\"}}", "not JSON from byte"},
      {"{\"metadata\":{\"name\":\"\\ud800\"}}", "not JSON from byte"},
  };
  for (const Case& c : cases) {
    INFO(c.json);
    const auto node = Decode<api::Node>(c.json);
    REQUIRE_FALSE(node.ok());
    CHECK(node.error().kind == base::ErrorKind::kMalformed);
    CHECK_THAT(node.error().message, Catch::StartsWith(c.message));
  }
}

TEST_CASE("a page has its items, its version and where it goes on", "[codec]") {
  const auto page = DecodePage<api::Node>(
      R"({"kind":"NodeList","metadata":{"resourceVersion":"77","continue":"abc"},"items":[)" +
      Testdata("node.json") + "," + kSmallNode + "]}");
  REQUIRE(page.ok());
  CHECK(page->resource_version == "77");
  CHECK(page->continue_token == "abc");
  REQUIRE(page->items.size() == 2);
  CHECK(page->items[0].boot_id == "0f4f7bb6-7b3c-4a4c-9b0f-55d7a8a0e0a1");
  CHECK(page->items[1].meta.name == "a");

  for (const char* items : {"", R"(,"items":null)", R"(,"items":[])"}) {
    const auto empty =
        DecodePage<api::Node>(R"({"metadata":{"resourceVersion":"1"})" + std::string(items) + "}");
    REQUIRE(empty.ok());
    CHECK(empty->items.empty());
    CHECK(empty->continue_token.empty());
  }
}

TEST_CASE("a page without version, or with an item without identity, is malformed", "[codec]") {
  for (const char* json : {"{}",
                           R"({"metadata":{},"items":[]})",
                           R"({"metadata":{"resourceVersion":"1"},"items":{}})",
                           R"({"metadata":{"resourceVersion":"1"},"items":[{}]})",
                           R"({"metadata":{"resourceVersion":"1"},"items":[null]})",
                           R"({"metadata":{"resourceVersion":"1"},"items":[7]})",
                           R"({"metadata":{"resourceVersion":"1"},
                               "items":[{"metadata":{"name":"a","uid":7}}]})",
                           R"({"metadata":{"resourceVersion":"1"},
                               "items":[{"metadata":{"name":"a","resourceVersion":7}}]})"}) {
    INFO(json);
    const auto page = DecodePage<api::Node>(json);
    REQUIRE_FALSE(page.ok());
    CHECK(page.error().kind == base::ErrorKind::kMalformed);
  }
  CHECK(DecodePage<api::Node>(R"({"metadata":{"resourceVersion":"1"},"items":[{}]})")
            .error()
            .message == "items[0].metadata.name: is missing");
}

TEST_CASE("a line of a watch gives its kind of change and its object", "[codec]") {
  for (const auto& [text, type] : {std::pair{"ADDED", WatchType::kAdded},
                                   std::pair{"MODIFIED", WatchType::kModified},
                                   std::pair{"DELETED", WatchType::kDeleted}}) {
    const auto event = DecodeWatchEvent<api::Node>(R"({"type":")" + std::string(text) +
                                                   R"(","object":)" + kSmallNode + "}\n");
    REQUIRE(event.ok());
    CHECK(event->type == type);
    CHECK(event->object.meta.name == "a");
    CHECK(event->object.meta.resource_version == "5");
  }
}

TEST_CASE("a bookmark has only a version", "[codec]") {
  const auto event = DecodeWatchEvent<api::ClusterUpgrade>(
      R"({"type":"BOOKMARK","object":{"kind":"X","metadata":{"resourceVersion":"12746"}}})");
  REQUIRE(event.ok());
  CHECK(event->type == WatchType::kBookmark);
  CHECK(event->object.meta.resource_version == "12746");
}

TEST_CASE("an error in a watch carries the server's Status", "[codec]") {
  const auto event = DecodeWatchEvent<api::Node>(
      R"({"type":"ERROR","object":{"kind":"Status","status":"Failure","code":410,"reason":"Expired",
          "message":"too old resource version","metadata":{}}})");
  REQUIRE(event.ok());
  CHECK(event->type == WatchType::kError);
  CHECK(event->status.code == 410);
  CHECK(event->status.reason == "Expired");
}

TEST_CASE("a line that is no event of a watch is malformed", "[codec]") {
  for (const char* line : {"",
                           "{}",
                           "[]",
                           R"({"type":"RENAMED","object":{"metadata":{"name":"a"}}})",
                           R"({"type":"ADDED"})",
                           R"({"type":"ADDED","object":{}})",
                           R"({"type":"BOOKMARK","object":{}})",
                           R"({"type":"ADDED","object":{"metadata":{"name":"a"}}} {})"}) {
    INFO(line);
    const auto event = DecodeWatchEvent<api::Node>(line);
    REQUIRE_FALSE(event.ok());
    CHECK(event.error().kind == base::ErrorKind::kMalformed);
  }
}

TEST_CASE("a Status tells why a request was refused", "[codec]") {
  const codec::ApiStatus status = codec::DecodeApiStatus(
      R"({"kind":"Status","code":429,"reason":"TooManyRequests","message":"budget",
          "details":{"retryAfterSeconds":10,"causes":[{"reason":"DisruptionBudget",
          "message":"needs 2 healthy pods","field":"x"}]}})");
  CHECK(status.code == 429);
  CHECK(status.reason == "TooManyRequests");
  CHECK(status.message == "budget");
  CHECK(status.retry_after_seconds == 10);
  REQUIRE(status.causes.size() == 1);
  CHECK(status.causes[0].reason == "DisruptionBudget");
  CHECK(status.causes[0].message == "needs 2 healthy pods");
  CHECK(status.causes[0].field == "x");
}

TEST_CASE("a refusal that is no Status gives an empty one", "[codec]") {
  for (const char* body : {"",
                           "<html>502 Bad Gateway</html>",
                           "null",
                           "[1]",
                           R"({"code":500})",
                           R"({"kind":["Status"],"code":500})"}) {
    INFO(body);
    const codec::ApiStatus status = codec::DecodeApiStatus(body);
    CHECK(status.code == 0);
    CHECK(status.reason.empty());
  }
}

TEST_CASE("the server's version is its gitVersion", "[codec]") {
  const auto version =
      codec::DecodeServerVersion(R"({"major":"1","minor":"36","gitVersion":"v1.36.3"})");
  REQUIRE(version.ok());
  CHECK(*version == "v1.36.3");
  CHECK_FALSE(codec::DecodeServerVersion("{}").ok());
  CHECK_FALSE(codec::DecodeServerVersion(R"({"gitVersion":1})").ok());
  CHECK_FALSE(codec::DecodeServerVersion("ok").ok());
}

TEST_CASE("an object of a page that is not wholly readable hides no other", "[codec]") {
  const auto page = DecodePage<api::PodDisruptionBudget>(
      R"({"metadata":{"resourceVersion":"9"},"items":[)" + std::string(kOddBudget) +
      R"(,{"metadata":{"name":"db","namespace":"team"},"spec":{"minAvailable":"0050%"}}]})");
  REQUIRE(page.ok());
  REQUIRE(page->items.size() == 2);
  const api::PodDisruptionBudget& odd = page->items[0];
  CHECK_FALSE(odd.min_available);
  CHECK(odd.disruptions_allowed == 2);
  REQUIRE(odd.selector);
  CHECK(odd.selector->match_labels.at("app") == "web");
  REQUIRE(odd.selector->match_expressions.size() == 1);
  CHECK(odd.selector->match_expressions[0].key == "zone");
  CHECK(page->items[1].min_available == api::IntOrPercent{50, true});
  REQUIRE(page->unreadable.size() == 1);
  CHECK_THAT(page->unreadable.at("team/web"),
             Catch::StartsWith("spec.selector.matchExpressions[0].operator: must be In, NotIn"));
}

TEST_CASE("a line with an object that is not wholly readable is an event all the same", "[codec]") {
  const auto event = DecodeWatchEvent<api::Pod>(
      R"({"type":"ADDED","object":{"metadata":{"name":"p","namespace":"n","uid":"u"},
          "spec":{"nodeName":"a","terminationGracePeriodSeconds":"long"}}})");
  REQUIRE(event.ok());
  CHECK(event->object.node_name == "a");
  CHECK_FALSE(event->object.grace_seconds);
  CHECK(event->unreadable ==
        R"(spec.terminationGracePeriodSeconds: must be a whole number, not "long")");
}
