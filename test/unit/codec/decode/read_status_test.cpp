#include "codec/decode/read_status.hpp"

#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "base/time.hpp"
#include "codec/decode.hpp"
#include "unit/codec/testdata.hpp"

using namespace cu;
using base::ParseTime;
using nlohmann::json;

namespace {

api::ClusterUpgradeStatus DecodeStatus(const std::string& status) {
  const auto upgrade = codec::Decode<api::ClusterUpgrade>(
      R"({"metadata":{"name":"production"},"status":)" + status + "}");
  REQUIRE(upgrade.ok());
  return upgrade->status;
}

api::ClusterUpgradeStatus WholeStatus() {
  return DecodeStatus(json::parse(Testdata("cluster_upgrade.json"))["status"].dump());
}

}  // namespace

TEST_CASE("every field of a status is read", "[codec]") {
  const api::ClusterUpgradeStatus status = WholeStatus();
  CHECK(status.observed_generation == 4);
  REQUIRE(status.conditions.size() == 2);
  CHECK(status.conditions[1] == api::Condition{api::ConditionType::kReconciling,
                                               api::ConditionStatus::kTrue,
                                               "Progressing",
                                               "upgrading worker-2",
                                               4,
                                               *ParseTime("2026-11-22T18:00:00Z")});
  CHECK(status.nodes == api::NodeCounts{6, 3, 1, 1, 1, 0, 0});
  CHECK(status.hops == std::vector<api::Hop>{{"v1.35.4", true, false}, {"v1.36.3", true, true}});
  REQUIRE(status.in_progress.size() == 1);
  const api::NodeInWork& node = status.in_progress[0];
  CHECK(node.step == api::NodeStep::kUpgrading);
  CHECK(node.stage == api::Stage::kNode);
  CHECK(node.attempt == 2);
  CHECK(node.attempt_limit == 3);
  CHECK(node.retry_time == ParseTime("2026-11-22T18:09:30Z"));
  CHECK(node.announced == ParseTime("2026-11-22T18:10:02Z"));
  CHECK(node.executor == api::ExecutorType::kJob);
  CHECK(node.released_for == "released: DrainTimeout");
  CHECK(node.job_uid == "de305d54-75b4-431b-adb2-eb6b9e546014");
  CHECK(node.node_changed);
  CHECK(node.verified);
  CHECK(node.evicted == 7);
  CHECK(node.total == 9);
  CHECK(node.daemon_sets == std::vector<std::string>{"kube-system/cni"});
  CHECK(node.static_pods == std::vector<std::string>{"kube-system/etcd-w"});
  CHECK(node.newest_node == ParseTime("2026-11-01T00:00:00Z"));
  CHECK(node.run_id == "patches-2");
  REQUIRE(node.blocked_by.size() == 1);
  CHECK(node.blocked_by[0].ns == "team-a");
  CHECK(node.blocked_by_more == 2);
  REQUIRE(status.postponed.size() == 1);
  CHECK(status.postponed[0].reason == api::PostponeReason::kUncordonedByUser);
  REQUIRE(status.failures.size() == 1);
  CHECK(status.failures[0].step == api::NodeStep::kVerifying);
  CHECK(status.failures[0].stage == api::Stage::kControlPlane);
  CHECK(status.failures[0].node_changed);
  CHECK(status.failures[0].retried);
  CHECK(status.failures[0].boot_id == "7f0c2a4e-7f0e-4b9d-8a3c-0b8f6f0f2a11");
  CHECK(status.failures[0].daemon_sets ==
        std::vector<std::string>{"kube-system/cni", "kube-system/csi"});
  CHECK(status.failures[0].static_pods == std::vector<std::string>{"kube-system/etcd-w"});
  REQUIRE(status.deleted_nodes.size() == 1);
  CHECK(status.deleted_nodes[0].pool == "workers");
  CHECK(status.deleted_nodes[0].newest_node == ParseTime("2026-11-01T00:00:00Z"));
  CHECK(status.deleted_nodes[0].overdue);
  CHECK(status.deleted_nodes[0].replacement == "worker-10");
  REQUIRE(status.run);
  CHECK(status.run->id == "patches-2");
  CHECK(status.run->newest_node == ParseTime("2026-11-01T00:00:00Z"));
  CHECK(status.run_id == "patches-1");
  REQUIRE(status.warnings.size() == 1);
  CHECK(status.warnings[0].type == api::FindingType::kUnmanagedPods);
  CHECK(status.warnings[0].object == "team-a/debug");
  CHECK(status.warnings_total == 31);
  CHECK(status.paused_time == ParseTime("2026-11-22T18:20:00Z"));
  REQUIRE(status.history.size() == 2);
  CHECK_FALSE(status.history[0].completion_time.has_value());
  CHECK(status.history[1].result == api::RunResult::kCompleted);
  CHECK(status.control_plane_gap_seconds == 12);
  CHECK(status.epoch == 7);
  CHECK(status.last_handled_retry == "1");
  CHECK(status.spec_hash == "0123456789abcdef");
}

TEST_CASE("one unreadable entry of a status costs only itself", "[codec]") {
  const api::ClusterUpgradeStatus status = DecodeStatus(
      R"({"observedGeneration":"x","epoch":9,"findings":[{"type":"TwoBudgets"},1,{"message":"b"}],"progress":7,
          "conditions":[{"type":"Ready","status":"Maybe"},{"type":"Stalled","status":"True"}],
          "inProgress":[{"name":"a","step":"Rebooting"},{"name":"b","step":"Draining"},5,
                        {"name":"c","attempt":"2"}],
          "failures":{"name":"x"},"hops":[{"version":1},{"version":"v1.2.3"}]})");
  CHECK(status.observed_generation == -1);
  CHECK(status.epoch == 9);
  CHECK(status.warnings == std::vector<api::Warning>{{api::FindingType::kTwoBudgets, "", ""},
                                                     {api::FindingType::kUnknown, "", "b"}});
  CHECK(status.progress.empty());
  REQUIRE(status.conditions.size() == 1);
  CHECK(status.conditions[0].type == api::ConditionType::kStalled);
  REQUIRE(status.in_progress.size() == 1);
  CHECK(status.in_progress[0].name == "b");
  CHECK(status.failures.empty());
  CHECK(status.hops == std::vector<api::Hop>{{"v1.2.3", false, false}});
}

TEST_CASE("what an earlier release wrote is understood", "[codec]") {
  const api::ClusterUpgradeStatus status = DecodeStatus(
      R"({"warnings":["TwoBudgets a/b: text"],
          "inProgress":[{"name":"a","attempt":1,"job":{"name":"cu-a"}},{"name":"b","attempt":1},
                        {"name":"c"}]})");
  CHECK(status.warnings ==
        std::vector<api::Warning>{{api::FindingType::kUnknown, "", "TwoBudgets a/b: text"}});
  REQUIRE(status.in_progress.size() == 3);
  CHECK(status.in_progress[0].executor == api::ExecutorType::kJob);
  CHECK(status.in_progress[1].executor == api::ExecutorType::kExternal);
  CHECK_FALSE(status.in_progress[2].executor.has_value());
}

TEST_CASE("reasons and conditions of a later release do no harm", "[codec]") {
  const api::ClusterUpgradeStatus status = DecodeStatus(
      R"({"conditions":[{"type":"EtcdDefragmented","status":"True"},{"type":"Ready","status":"True"}],
          "failures":[{"name":"a","step":"Draining","reason":"Melted"}],
          "postponed":[{"name":"b","reason":"Frozen"}]})");
  REQUIRE(status.conditions.size() == 1);
  CHECK(status.conditions[0].type == api::ConditionType::kReady);
  REQUIRE(status.failures.size() == 1);
  CHECK(status.failures[0].reason == api::FailureReason::kUnknown);
  REQUIRE(status.postponed.size() == 1);
  CHECK(status.postponed[0].reason == api::PostponeReason::kUnknown);
}

TEST_CASE("what came back to a drained node survives in the status", "[codec]") {
  const api::ClusterUpgradeStatus status = DecodeStatus(
      R"({"inProgress":[{"name":"w","drain":{"newestPodTime":"2026-11-22T18:10:02Z",
          "returned":[{"controller":"c","pod":"p"}]}}]})");
  REQUIRE(status.in_progress.size() == 1);
  CHECK(status.in_progress[0].newest_pod == ParseTime("2026-11-22T18:10:02Z"));
  CHECK(status.in_progress[0].returned == std::vector<api::ReturnedPod>{{"c", "p"}});
}
