#include "planner/model/intent.hpp"

#include <algorithm>
#include <string>

#include <catch2/catch.hpp>

#include "planner/model/planning.hpp"
#include "unit/planner/instant_cluster.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

api::ClusterUpgradeStatus InWork() {
  api::ClusterUpgradeStatus status;
  status.in_progress.push_back({});
  status.failures.push_back({});
  status.postponed.push_back({});
  return status;
}

template <class Change>
bool Changes(Change change) {
  const api::ClusterUpgradeStatus before = InWork();
  api::ClusterUpgradeStatus after = before;
  change(after);
  return !SameIntent(before, after);
}

}  // namespace

TEST_CASE("what gates actions is intent, the rest is report", "[planner]") {
  using Status = api::ClusterUpgradeStatus;
  CHECK(Changes([](Status& s) { s.in_progress[0].name = "w"; }));
  CHECK(Changes([](Status& s) { s.in_progress[0].uid = "u"; }));
  CHECK(Changes([](Status& s) { s.in_progress[0].version = kNew; }));
  CHECK(Changes([](Status& s) { s.in_progress[0].step = api::NodeStep::kDraining; }));
  CHECK(Changes([](Status& s) { s.in_progress[0].stage = api::Stage::kControlPlane; }));
  CHECK(Changes([](Status& s) { s.in_progress[0].attempt = 1; }));
  CHECK(Changes([](Status& s) { s.in_progress[0].job_name = "j"; }));
  CHECK(Changes([](Status& s) { s.in_progress[0].job_uid = "j"; }));
  CHECK(Changes([](Status& s) { s.in_progress[0].retry_time = kStart; }));
  CHECK(Changes([](Status& s) { s.in_progress[0].drain_start = kStart; }));
  CHECK(Changes([](Status& s) { s.in_progress[0].node_changed = true; }));
  CHECK(Changes([](Status& s) { s.in_progress.clear(); }));
  CHECK(Changes([](Status& s) { s.failures[0].reason = api::FailureReason::kJobFailed; }));
  CHECK(Changes([](Status& s) { s.failures[0].retried = true; }));
  CHECK(Changes([](Status& s) { s.postponed.clear(); }));
  CHECK(Changes([](Status& s) { s.postponed[0].reason = api::PostponeReason::kDrainTimeout; }));
  CHECK(Changes([](Status& s) { s.in_progress[0].run_id = "r"; }));
  CHECK(Changes([](Status& s) { s.deleted_nodes.push_back({}); }));
  CHECK(Changes([](Status& s) { s.run = api::Run{"r", {}}; }));
  CHECK(Changes([](Status& s) { s.run_id = "r"; }));
  CHECK(Changes([](Status& s) { s.saved_digests.push_back({"u", "d"}); }));
  CHECK(Changes([](Status& s) { s.epoch = 2; }));
  CHECK(Changes([](Status& s) { s.observed_generation = 2; }));
  CHECK(Changes([](Status& s) { s.spec_hash = "x"; }));
  CHECK(Changes([](Status& s) { s.last_handled_retry = "x"; }));

  CHECK_FALSE(Changes([](Status& s) { s.in_progress[0].message = "m"; }));
  CHECK_FALSE(Changes([](Status& s) { s.in_progress[0].evicted = 3; }));
  CHECK_FALSE(Changes([](Status& s) { s.in_progress[0].blocked_by.push_back({}); }));
  CHECK_FALSE(Changes([](Status& s) { s.warnings.push_back({}); }));
  CHECK_FALSE(Changes([](Status& s) { s.conditions.push_back({}); }));
  CHECK_FALSE(Changes([](Status& s) { s.nodes.total = 3; }));
}

TEST_CASE("each kind of work holds the object and gates its own actions", "[planner]") {
  api::ClusterUpgradeStatus none;
  CHECK_FALSE(HasUnfinishedWork(none));
  api::ClusterUpgradeStatus node;
  node.in_progress.push_back({});
  api::ClusterUpgradeStatus pod;
  pod.saved_pods = 1;
  api::ClusterUpgradeStatus taint;
  taint.outdated_tainted = true;
  for (const api::ClusterUpgradeStatus& status : {node, pod, taint}) {
    CHECK(HasUnfinishedWork(status));
    CHECK_FALSE(SameIntent(none, status));
    CHECK(std::count_if(KindsOfWork().begin(), KindsOfWork().end(), [&](const KindOfWork& kind) {
            return kind.unfinished(status) && !kind.same_intent(none, status);
          }) == 1);
  }
}

TEST_CASE("no action precedes its durable intent: a leader's first action follows its epoch",
          "[planner]") {
  Scene scene;
  scene.Add(ControlPlaneNode("m").At(kNew)).Add(Worker("w")).Add("w", PodBuilder("web"));
  InstantCluster(scene).RunTo("w", "Draining");
  scene.self.epoch = 5;
  const Plan plan = scene.Look();
  CHECK_FALSE(plan.actions.empty());
  CHECK(plan.status.epoch == 5);
  CHECK_FALSE(SameIntent(plan.status, scene.status()));
}

TEST_CASE("workloads in work, those that failed and the look that counts gate evictions",
          "[planner]") {
  api::ClusterUpgradeStatus before;
  before.token_refresh.emplace();
  before.token_refresh->in_progress.resize(1);
  const auto changes = [&](void (*change)(api::TokenRefreshStatus&)) {
    api::ClusterUpgradeStatus after = before;
    change(*after.token_refresh);
    return !SameIntent(before, after);
  };
  using Tokens = api::TokenRefreshStatus;
  CHECK(changes([](Tokens& t) { t.in_progress.clear(); }));
  CHECK(changes([](Tokens& t) { t.in_progress[0].workload.name = "web"; }));
  CHECK(changes([](Tokens& t) { t.in_progress[0].pods = 2; }));
  CHECK(changes([](Tokens& t) { t.failures.resize(1); }));
  CHECK(changes([](Tokens& t) { ++t.round; }));
  CHECK_FALSE(changes([](Tokens& t) { t.in_progress[0].left = 2; }));
  CHECK_FALSE(changes([](Tokens& t) { t.in_progress[0].message = "m"; }));
  CHECK_FALSE(changes([](Tokens& t) { ++t.replaced; }));
}
