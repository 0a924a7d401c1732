#include "planner/report/event_records.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/planner/instant_cluster.hpp"
#include "unit/planner/tokens/token_scene.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

std::vector<std::string> Reasons(const std::vector<EventRecord>& events) {
  std::vector<std::string> reasons;
  for (const EventRecord& record : events) {
    reasons.push_back(record.reason);
  }
  return reasons;
}

/// EventList of every durable change while `go` runs the scene.
class Listener {
 public:
  explicit Listener(Scene& scene) : scene_(scene), last_(scene.status()) {}
  std::vector<EventRecord> Hear() {
    auto events = EventsBetween(scene_.upgrade(), last_, scene_.status());
    last_ = scene_.status();
    all.insert(all.end(), events.begin(), events.end());
    return events;
  }
  std::vector<EventRecord> all;

 private:
  Scene& scene_;
  api::ClusterUpgradeStatus last_;
};

Scene OneWorker() {
  Scene scene(UpgradeBuilder().ByJob());
  scene.Add(ControlPlaneNode("m").At(kNew)).Add(Worker("w"));
  return scene;
}

}  // namespace

TEST_CASE("start and end of a node and of the upgrade are told", "[planner]") {
  Scene scene = OneWorker();
  scene.Add("w", PodBuilder("alone").Unmanaged());
  Listener listener(scene);
  InstantCluster cluster(scene);
  cluster.Apply(scene.Settle().actions);  // the Job is judged in advance
  scene.Settle();
  auto heard = listener.Hear();
  CHECK(Reasons(heard) == Lines{"NodeUpgradeStarted", "UnmanagedPods"});
  CHECK(heard[0].note == "w: from v1.35.4 to v1.36.3");
  CHECK(heard[0].node == "w");
  CHECK(heard[0].node_uid == "w-uid");
  CHECK(heard[0].action == "Cordoning");
  CHECK_FALSE(heard[0].warning);
  CHECK(heard[1].warning);

  cluster.Run();
  cluster.CompleteJob(scene.Entry("w")->job_name);
  scene.node("w").kubelet_version = kNew;
  cluster.Run();
  CHECK(listener.Hear().empty());
  scene.Pass(10);
  scene.Settle();  // verified, not yet released
  listener.Hear();
  cluster.Run();
  CHECK(Reasons(listener.Hear()) == Lines{"NodeUpgraded", "UpgradeCompleted"});
}

TEST_CASE("what blocks a drain is told once", "[planner]") {
  Scene scene = OneWorker();
  scene.Add(BudgetFor("web", 0)).Add("w", PodBuilder("web").Label("app", "web"));
  InstantCluster(scene).RunTo("w", "Draining");
  Listener listener(scene);
  scene.Settle();
  const auto heard = listener.Hear();
  REQUIRE(Reasons(heard) == Lines{"DrainBlocked"});
  CHECK(heard[0].warning);
  CHECK(heard[0].note.find("PodDisruptionBudget team-a/web") != std::string::npos);
  scene.Pass(60);
  scene.Settle();
  CHECK(listener.Hear().empty());
}

TEST_CASE("an ordinary drain raises no warnings, a second budget one more", "[planner]") {
  Scene scene = OneWorker();
  scene.Add("w", PodBuilder("slow").Terminating(After(300), 300));
  scene.Add("w", PodBuilder("web").Label("app", "web"));
  scene.Add("w", PodBuilder("db").Label("app", "db"));
  InstantCluster(scene).RunTo("w", "Draining");
  Listener listener(scene);
  scene.Settle();
  REQUIRE_FALSE(scene.Entry("w")->blocked_by.empty());
  CHECK(listener.Hear().empty());
  scene.Add(BudgetFor("web", 0));
  scene.Settle();
  CHECK(Reasons(listener.Hear()) == Lines{"DrainBlocked"});
  scene.Add(BudgetFor("db", 0));
  scene.Settle();
  CHECK(Reasons(listener.Hear()) == Lines{"DrainBlocked"});
  scene.budgets.erase("team-a/web");
  scene.Settle();
  CHECK(listener.Hear().empty());
}

TEST_CASE("failures say what became of the node", "[planner]") {
  Scene scene = OneWorker();
  InstantCluster cluster(scene);
  cluster.Run();
  Listener listener(scene);
  cluster.FailJob(scene.Entry("w")->job_name);
  scene.Settle();
  CHECK(Reasons(listener.Hear()) == Lines{"AttemptFailed"});
  scene.Pass(30);
  cluster.Run();
  cluster.FailJob(scene.Entry("w")->job_name);
  listener.Hear();
  scene.Settle();
  const auto heard = listener.Hear();
  CHECK(Reasons(heard) == Lines{"NodeUpgradeFailed", "UpgradeStalled"});
  CHECK(heard[0].note.find("the node stays cordoned") != std::string::npos);
  CHECK(heard[0].node == "w");
}

TEST_CASE("nodes that are given back or postponed are told", "[planner]") {
  Scene scene = OneWorker();
  scene.Add("w", PodBuilder("web"));
  InstantCluster cluster(scene);
  cluster.RunTo("w", "Draining");
  Listener listener(scene);
  SECTION("given back") {
    scene.upgrade().meta.deleted = scene.now.wall;
    scene.Settle();
    listener.Hear();
    cluster.Run();
    CHECK(Reasons(listener.Hear()) == Lines{"NodeGivenBack"});
  }
  SECTION("postponed") {
    scene.node("w").unschedulable = false;
    scene.Settle();
    CHECK(Reasons(listener.Hear()) == Lines{"NodePostponed"});
  }
}

TEST_CASE("one occurrence has one id, different ones have different ids", "[planner]") {
  Scene scene = OneWorker();
  scene.Add(Worker("v"));
  scene.Add(BudgetFor("web", 0)).Add("w", PodBuilder("web").Label("app", "web"));
  scene.Add("v", PodBuilder("alone").Unmanaged().EmptyDir());
  Listener listener(scene);
  InstantCluster cluster(scene);
  for (int i = 0; i < 3000 && scene.Conditions().substr(0, 1) != "T"; ++i) {
    const api::ClusterUpgradeStatus before = scene.status();
    const Plan plan = scene.Look();
    if (scene.Adopt(plan)) {
      // The same change told twice, by two processes: the same ids.
      CHECK(EventsBetween(scene.upgrade(), before, plan.status) ==
            EventsBetween(scene.upgrade(), before, plan.status));
      listener.Hear();
      continue;
    }
    cluster.Apply(plan.actions);
    for (const auto& [key, job] : scene.jobs) {
      if (!job.complete) {
        scene.node(job.meta.annotations.at(std::string(api::kJobNode))).kubelet_version = kNew;
        cluster.CompleteJob(job.meta.name);
        break;
      }
    }
    scene.Pass(1);
  }
  CHECK(scene.Conditions() == "T F F Upgraded");
  std::set<std::string> ids;
  for (const EventRecord& record : listener.all) {
    CAPTURE(record.id, record.note);
    CHECK(ids.insert(record.id).second);
    CHECK(record.note.size() <= 1000);
    CHECK_FALSE(record.action.empty());
  }
  CHECK(ids.size() >= 7);
}

TEST_CASE("a long note is cut, between characters", "[planner]") {
  const api::ClusterUpgrade upgrade = UpgradeBuilder();
  api::ClusterUpgradeStatus after;
  after.warnings = {{api::FindingType::kUnknown, "", std::string(5000, 'x')}};
  CHECK(EventsBetween(upgrade, {}, after).at(0).note.size() == 1000);
  after.warnings = {{api::FindingType::kUnknown, "", std::string(999, 'x') + "\u00e9"}};
  CHECK(EventsBetween(upgrade, {}, after).at(0).note.size() == 999);
}

TEST_CASE("a node that was verified is upgraded, whatever its release waits for", "[planner]") {
  Scene scene = OneWorker();
  InstantCluster cluster(scene);
  cluster.Run();
  cluster.CompleteJob(scene.Entry("w")->job_name);
  scene.node("w").kubelet_version = kNew;
  scene.Settle();
  scene.Pass(10);
  scene.Settle();
  REQUIRE(scene.StepOf("w") == "Uncordoning");
  REQUIRE(scene.Entry("w")->verified);
  api::ClusterUpgradeStatus before = scene.status();
  before.in_progress[0].message = "verified; the API server forbids releasing the node: no";
  cluster.Run();
  REQUIRE(scene.InWork().empty());
  CHECK(Reasons(EventsBetween(scene.upgrade(), before, scene.status())) ==
        Lines{"NodeUpgraded", "UpgradeCompleted"});
}

TEST_CASE("a cordon that was left over is no start of an upgrade", "[planner]") {
  Scene scene = OneWorker();
  scene.node("w") = NodeBuilder("w").At(kNew).CordonedByUs();
  Listener listener(scene);
  scene.Settle();
  REQUIRE(scene.StepOf("w") == "Uncordoning");
  CHECK(listener.Hear().empty());
  InstantCluster(scene).Run();
  const auto heard = listener.Hear();
  CHECK(Reasons(heard) == Lines{"NodeGivenBack", "UpgradeCompleted"});
  CHECK(heard.at(0).note == "w: released: its cordon is no longer needed");
}

TEST_CASE("a postponed node is told with what brings it back", "[planner]") {
  struct Case {
    api::PostponeReason reason;
    std::string note;
  };
  for (const Case& c :
       {Case{api::PostponeReason::kDrainTimeout, "w: DrainTimeout; retried after all other nodes"},
        Case{api::PostponeReason::kUncordonedByUser,
             "w: UncordonedByUser; to retry, set the annotation "
             "clusterupgrade.io/retry to a new value"}}) {
    api::ClusterUpgradeStatus after;
    after.postponed = {PostponedFor("w", c.reason)};
    const std::vector<EventRecord> events = EventsBetween(UpgradeBuilder(), {}, after);
    REQUIRE(events.size() == 1);
    CHECK(events[0].note == c.note);
    CHECK(events[0].node == "w");
    CHECK(events[0].warning);
  }
}

TEST_CASE("a change of keys is told, and that nobody holds old ones any more", "[planner]") {
  Scene scene = QuietCluster();
  Listener listener(scene);
  ChangeKey(scene, true);
  scene.Settle();
  const auto seen = listener.Hear();
  REQUIRE(Reasons(seen) == Lines{"SigningKeyChanged"});
  CHECK(seen[0].warning);
  CHECK(seen[0].note.starts_with("a change of the signing key"));
  PassWithServers(scene, 120);
  scene.Settle();
  CHECK(Reasons(listener.Hear()).empty());
  scene.pods["w"].clear();
  scene.Settle();
  CHECK(Reasons(listener.Hear()) == Lines{"TokensFresh"});
}

TEST_CASE("workloads are told when their pods are replaced, and when they do not come back",
          "[planner]") {
  api::ClusterUpgradeStatus before;
  before.token_refresh.emplace();
  api::WorkloadInWork web;
  web.workload = {"shop", "Deployment", "web"};
  web.old = 3;
  api::WorkloadInWork db = web;
  db.workload.name = "db";
  before.token_refresh->in_progress = {web, db};
  api::ClusterUpgradeStatus after;
  after.token_refresh.emplace();
  after.token_refresh->replaced = 1;
  after.token_refresh->failures = {
      {db.workload, api::RefreshFailure::kNotReplaced, "2 of 3 pods are there", After(1)}};
  const std::vector<EventRecord> events = EventsBetween(UpgradeBuilder(), before, after);
  REQUIRE(Reasons(events) == Lines{"WorkloadNotRefreshed", "WorkloadRefreshed"});
  CHECK(events[0].warning);
  CHECK(events[0].note == "shop/db (Deployment): NotReplaced: 2 of 3 pods are there");
  CHECK(events[1].note == "shop/web (Deployment): 3 pods were replaced");
}
