#include "codec/decode.hpp"

#include <vector>

#include <catch2/catch.hpp>

#include "base/time.hpp"
#include "unit/codec/testdata.hpp"

using namespace cu;
using base::ParseTime;
using codec::Decode;
using codec::DecodePage;
using codec::DecodeWatchEvent;
using codec::WatchType;

namespace {

const std::string kSmallNode = R"({"metadata":{"name":"a","resourceVersion":"5"}})";

/// A pod with these members of status.
api::Pod PodWithStatus(const std::string& status) {
  const auto pod = Decode<api::Pod>(R"({"metadata":{"name":"p"},"status":)" + status + "}");
  REQUIRE(pod.ok());
  return *pod;
}

}  // namespace

TEST_CASE("a kubelet's Node gives what the controller reads", "[codec]") {
  const auto decoded = Decode<api::Node>(Testdata("node.json"));
  REQUIRE(decoded.ok());
  const api::Node& node = *decoded;
  CHECK(node.meta.name == "worker-2");
  CHECK(node.meta.ns.empty());
  CHECK(node.meta.uid == "7c1c1f0e-6d55-4ac4-9a40-0c3f3f6f6a10");
  CHECK(node.meta.resource_version == "918273");
  CHECK(node.meta.created == ParseTime("2025-01-15T08:00:00Z"));
  CHECK_FALSE(node.meta.deleted.has_value());
  CHECK(node.meta.labels.size() == 9);
  CHECK(node.meta.labels.at("images") == "none");
  CHECK(node.meta.annotations ==
        api::StringMap{{"cluster-autoscaler.kubernetes.io/scale-down-disabled", "true"},
                       {"clusterupgrade.io/cordoned-by", "production/5f0c"}});
  CHECK(node.unschedulable);
  CHECK(node.taints ==
        std::vector<api::Taint>{{"node.kubernetes.io/unschedulable", "", "NoSchedule"},
                                {"dedicated", "batch", "NoExecute"}});
  CHECK(node.ready);
  CHECK(node.ready_since == ParseTime("2026-11-22T17:59:59Z"));
  CHECK(node.kubelet_version == "v1.35.4");
  CHECK(node.boot_id == "0f4f7bb6-7b3c-4a4c-9b0f-55d7a8a0e0a1");
}

TEST_CASE("a Node without status is not Ready and has no version", "[codec]") {
  const auto node = Decode<api::Node>(kSmallNode);
  REQUIRE(node.ok());
  CHECK_FALSE(node->ready);
  CHECK_FALSE(node->unschedulable);
  CHECK(node->kubelet_version.empty());
}

TEST_CASE("a Node whose condition Ready is Unknown or False is not Ready", "[codec]") {
  for (const char* status : {"False", "Unknown"}) {
    const auto node = Decode<api::Node>(
        R"({"metadata":{"name":"a"},"status":{"conditions":[{"type":"Ready","status":")" +
        std::string(status) + R"("}]}})");
    REQUIRE(node.ok());
    CHECK_FALSE(node->ready);
  }
}

TEST_CASE("a Pod in its grace period gives what the controller reads", "[codec]") {
  const auto decoded = Decode<api::Pod>(Testdata("pod.json"));
  REQUIRE(decoded.ok());
  const api::Pod& pod = *decoded;
  CHECK(pod.meta.Key() == "team-a/web-7d4b9c6f5d-x2x8q");
  CHECK(pod.meta.deleted == ParseTime("2026-11-22T18:21:30Z"));
  CHECK(pod.meta.annotations.empty());
  REQUIRE(pod.meta.controller.has_value());
  CHECK(*pod.meta.controller ==
        api::Owner{"ReplicaSet", "web-7d4b9c6f5d", "11111111-2222-3333-4444-555555555555"});
  CHECK(pod.node_name == "worker-2");
  CHECK(pod.phase == api::PodPhase::kRunning);
  CHECK(pod.ready);
  CHECK(pod.has_empty_dir);
  CHECK(pod.started);
  CHECK(pod.problem.empty());
  CHECK(pod.grace_seconds == 30);
  CHECK(pod.deletion_grace_seconds == 30);
}

TEST_CASE("an owner without controller true does not control", "[codec]") {
  const auto pod = Decode<api::Pod>(
      R"({"metadata":{"name":"p","ownerReferences":[{"kind":"Node","name":"a","uid":"1"},
          {"kind":"Job","name":"b","uid":"2","controller":false}],
          "annotations":{"kubernetes.io/config.mirror":"x","other":"y"}}})");
  REQUIRE(pod.ok());
  CHECK_FALSE(pod->meta.controller.has_value());
  CHECK(pod->mirror());
  CHECK(pod->meta.annotations.size() == 1);
}

TEST_CASE("a container that waits for a person is the Pod's problem", "[codec]") {
  const auto waiting = [](const std::string& reason, const std::string& message) {
    return PodWithStatus(R"({"containerStatuses":[{"state":{"waiting":{"reason":")" + reason +
                         R"(","message":")" + message + R"("}}}]})");
  };
  CHECK(waiting("ImagePullBackOff", "no such tag").problem == "ImagePullBackOff: no such tag");
  CHECK(waiting("InvalidImageName", "").problem == "InvalidImageName");
  CHECK(waiting("ContainerCreating", "soon").problem.empty());
  CHECK(waiting("PodInitializing", "").problem.empty());
  CHECK(PodWithStatus(R"({"initContainerStatuses":[{"state":{"waiting":{"reason":"ErrImagePull"}}}],
                          "containerStatuses":[{"state":{"waiting":{"reason":"CrashLoopBackOff"}}}]})")
            .problem == "ErrImagePull");
  CHECK(PodWithStatus(
            R"({"conditions":[{"type":"PodScheduled","status":"False","reason":"Unschedulable",
                              "message":"0/3 nodes are available"}]})")
            .problem == "Unschedulable: 0/3 nodes are available");
  CHECK(
      PodWithStatus(R"({"conditions":[{"type":"PodScheduled","status":"True"}]})").problem.empty());
}

TEST_CASE("a Pod has started once any container of it ran", "[codec]") {
  for (const char* statuses : {R"({"containerStatuses":[{"state":{"running":{}}}]})",
                               R"({"containerStatuses":[{"state":{"terminated":{"exitCode":1}}}]})",
                               R"({"initContainerStatuses":[{"state":{"running":{}}}]})",
                               R"({"containerStatuses":[{"restartCount":1}]})",
                               R"({"containerStatuses":[{"lastState":{"terminated":{}}}]})"}) {
    INFO(statuses);
    CHECK(PodWithStatus(statuses).started);
  }
  CHECK_FALSE(PodWithStatus(R"({"containerStatuses":[{"state":{"waiting":{}},"lastState":{},
                                "restartCount":0}]})")
                  .started);
  CHECK_FALSE(PodWithStatus("{}").started);
}

TEST_CASE("a Lease keeps its renewal as it was written", "[codec]") {
  const auto lease = Decode<api::Lease>(Testdata("lease.json"));
  REQUIRE(lease.ok());
  CHECK(lease->holder == "controller-5c7d_9f3b");
  CHECK(lease->renew_time == "2026-11-22T18:20:00.123456Z");
  CHECK(lease->transitions == 4);
  CHECK(lease->duration_seconds == 15);
}

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

TEST_CASE("null members count as missing", "[codec]") {
  const auto node = Decode<api::Node>(
      R"({"metadata":{"name":"a","labels":null,"creationTimestamp":null,"finalizers":null},
          "spec":null,"status":{"conditions":null}})");
  REQUIRE(node.ok());
  CHECK_FALSE(node->meta.created.has_value());
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
