#include "planner/pods/saved_pods.hpp"

#include <functional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "planner/model/intent.hpp"
#include "planner/pods/kept_pods.hpp"
#include "unit/planner/flaky_cluster.hpp"
#include "unit/planner/instant_cluster.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

constexpr const char* kDb = "team-a/db";

PodBuilder Db() {
  return PodBuilder("db").Unmanaged();
}

FlakyCluster OneWorker() {
  FlakyCluster cluster({"w"});
  cluster.Add("w", Db());
  return cluster;
}

/// The worker's step is Draining and its pod is saved, but the server lets nobody be evicted.
FlakyCluster HeldUp() {
  FlakyCluster cluster = OneWorker();
  cluster.refusals[ActionKind::kEvict] = Outcome::kNoBudget;
  REQUIRE(cluster.RunUntil([&] { return cluster.IsSaved(kDb); }));
  return cluster;
}

/// The same, evicted, gone, and not created again yet.
FlakyCluster Gone(Outcome why = Outcome::kForbidden) {
  FlakyCluster cluster = OneWorker();
  cluster.refusals[ActionKind::kRecreatePod] = why;
  REQUIRE(cluster.RunUntil([&] { return cluster.evictions == 1 && cluster.pods.empty(); }));
  return cluster;
}

/// Runs to the end with one fault; the number of writes it took.
int Walk(Fault fault, int fault_at, const std::function<void(FlakyCluster&)>& prepare) {
  FlakyCluster cluster({"w1", "w2"});
  cluster.Add("w1", Db());
  prepare(cluster);
  cluster.fault = fault;
  cluster.fault_at = fault_at;
  INFO("fault " << static_cast<int>(fault) << " at write " << fault_at);
  bool lost = false;
  REQUIRE(cluster.RunUntil([&] {
    lost = lost || (!cluster.IsAlive(kDb) && !cluster.IsSaved(kDb));
    return cluster.Ready() && cluster.scene.upgrade().meta.finalizers.empty();
  }));
  CHECK_FALSE(lost);
  CHECK(cluster.evictions > 0);
  CHECK(cluster.creations == cluster.evictions);
  CHECK(cluster.IsAlive(kDb));
  CHECK(cluster.pods.at(kDb).phase == api::PodPhase::kRunning);
  CHECK(cluster.pods.size() == 1);
  CHECK(cluster.scene.saved_pods.empty());
  CHECK(cluster.scene.status().saved_pods == 0);
  for (const std::string& warning : cluster.scene.WarningLines()) {
    CHECK(warning.find("saved pod ") != 0);
  }
  return cluster.writes;
}

}  // namespace

TEST_CASE("wherever the controller dies, a pod without a controller is there once at the end",
          "[planner]") {
  const std::vector<std::function<void(FlakyCluster&)>> variants = {
      [](FlakyCluster&) {},
      // it still starts when its second node is drained
      [](FlakyCluster& cluster) { cluster.startup_seconds = 40; },
      [](FlakyCluster& cluster) { cluster.termination_seconds = 0; },
      // its third node: the first one again
      [](FlakyCluster& cluster) {
        cluster.scene.Add(Worker("w3"));
        cluster.startup_seconds = 60;
      }};
  for (const auto& prepare : variants) {
    const int writes = Walk(Fault::kNone, -1, prepare);
    for (const Fault fault : {Fault::kCrashBefore, Fault::kCrashAfter, Fault::kReplyLost}) {
      for (int at = 0; at < writes; ++at) {
        Walk(fault, at, prepare);
      }
    }
  }
}

TEST_CASE("a pod is saved before it is evicted, created when it is gone, forgotten when it runs",
          "[planner]") {
  FlakyCluster cluster = OneWorker();
  REQUIRE(cluster.RunUntil([&] { return cluster.Ready(); }));
  std::vector<std::string> actions;
  for (const std::string& line : cluster.applied) {
    if (line.find(kDb) != std::string::npos || line.find("DeletePodTemplate") == 0) {
      actions.push_back(line.substr(0, line.find(' ')));
    }
  }
  CHECK(actions == Lines{"SavePodTemplate", "Evict", "RecreatePod", "DeletePodTemplate"});
}

TEST_CASE("status.savedPods is durable before the first PodTemplate", "[planner]") {
  FlakyCluster cluster = OneWorker();
  REQUIRE(cluster.RunUntil(
      [&] { return cluster.Count("SavePodTemplate team-a/db") > 0 || cluster.Ready(); }));
  CHECK(cluster.scene.status().saved_pods == 1);
  api::ClusterUpgradeStatus none = cluster.scene.status();
  none.saved_pods = 0;
  CHECK_FALSE(SameIntent(none, cluster.scene.status()));
  api::ClusterUpgradeStatus more = cluster.scene.status();
  more.saved_pods = 7;
  CHECK(SameIntent(more, cluster.scene.status()));
}

TEST_CASE("a pod that may not be saved stays, and the drain says what is missing", "[planner]") {
  FlakyCluster cluster = OneWorker();
  cluster.refusals[ActionKind::kSavePodTemplate] = Outcome::kForbidden;
  cluster.Steps(40);
  CHECK(cluster.evictions == 0);
  REQUIRE(cluster.scene.StepOf("w") == "Draining");
  const auto& blocked = cluster.scene.Entry("w")->blocked_by;
  REQUIRE(blocked.size() == 1);
  CHECK(blocked.front().kind == api::BlockerKind::kPodTemplate);
  CHECK(blocked.front().reason == api::BlockReason::kForbidden);
  CHECK(cluster.scene.Entry("w")->message.find("deploy/optional/recreate-pods.yaml") !=
        std::string::npos);
  cluster.refusals.clear();
  CHECK(cluster.RunUntil([&] { return cluster.Ready(); }));
  CHECK(cluster.creations == 1);
}

TEST_CASE("many pods are saved a few at a time, and refused ones keep nobody waiting",
          "[planner]") {
  FlakyCluster cluster({"w"});
  for (int i = 0; i < 30; ++i) {
    cluster.Add("w", PodBuilder("p" + std::to_string(i)).Unmanaged());
  }
  std::size_t most = 0;
  REQUIRE(cluster.RunUntil([&] {
    const auto& open = cluster.scene.open;
    most = std::max(most,
                    static_cast<std::size_t>(
                        std::count_if(open.begin(), open.end(), [](const WantedWatch& interest) {
                          return interest.kind == WatchKind::kWholePod;
                        })));
    return cluster.Ready();
  }));
  CHECK(most == 8);
  CHECK(cluster.creations == 30);
}

TEST_CASE("under another policy nothing is saved and no PodTemplate is looked for", "[planner]") {
  FlakyCluster cluster = OneWorker();
  cluster.scene.spec().drain.unmanaged_pods = api::UnmanagedPods::kEvict;
  bool looked = false;
  REQUIRE(cluster.RunUntil([&] {
    looked = looked || cluster.scene.open.contains({WatchKind::kSavedPods, ""});
    return cluster.Ready();
  }));
  CHECK_FALSE(looked);
  CHECK(cluster.evictions == 1);
  CHECK(cluster.pods.empty());
}

TEST_CASE("a pod that was saved is created again under whatever policy comes after", "[planner]") {
  FlakyCluster cluster = Gone();
  cluster.refusals.clear();
  cluster.scene.spec().drain.unmanaged_pods = api::UnmanagedPods::kEvict;
  cluster.scene.Edit();
  CHECK(cluster.RunUntil([&] { return cluster.Ready(); }));
  CHECK(cluster.creations == 1);
}

TEST_CASE("a pause holds no pod back that is to be created again", "[planner]") {
  FlakyCluster cluster = Gone();
  cluster.refusals.clear();
  cluster.scene.spec().paused = true;
  cluster.Steps(20);
  CHECK(cluster.creations == 1);
}

TEST_CASE("an object that is deleted is held until its saved pods exist again", "[planner]") {
  FlakyCluster cluster = Gone();
  cluster.scene.upgrade().meta.deleted = cluster.scene.now.wall;
  cluster.Steps(60);
  CHECK_FALSE(cluster.scene.upgrade().meta.finalizers.empty());
  CHECK(cluster.scene.MessageOf("Reconciling").find(kDb) != std::string::npos);
  cluster.refusals.clear();
  cluster.recreated_pods_start = false;
  REQUIRE(cluster.RunUntil([&] { return cluster.scene.upgrade().meta.finalizers.empty(); }));
  CHECK(cluster.creations == 1);
  CHECK(cluster.scene.saved_pods.empty());
}

TEST_CASE("a pod that stays after all is forgotten once no eviction can be on its way",
          "[planner]") {
  FlakyCluster cluster = HeldUp();
  cluster.scene.node("w").meta.labels[std::string(api::kExclude)] = "true";
  REQUIRE(cluster.RunUntil([&] { return cluster.scene.StepOf("w") == "-"; }));
  cluster.Steps(20);
  CHECK(cluster.IsSaved(kDb));
  REQUIRE(cluster.RunUntil([&] { return !cluster.IsSaved(kDb); }));
  CHECK(cluster.IsAlive(kDb));
  cluster.Steps(3);
  CHECK(cluster.scene.status().saved_pods == 0);
  CHECK(cluster.creations == 0);
}

TEST_CASE("an eviction that comes late loses no pod", "[planner]") {
  FlakyCluster cluster = HeldUp();
  cluster.scene.node("w").meta.labels[std::string(api::kExclude)] = "true";
  cluster.Steps(10);
  cluster.pods.at(kDb).meta.deleted = cluster.scene.now.wall;
  ++cluster.evictions;
  REQUIRE(cluster.RunUntil([&] { return cluster.Ready(); }));
  CHECK(cluster.IsAlive(kDb));
  CHECK(cluster.creations == 1);
}

TEST_CASE("a PodTemplate that is being forgotten keeps nothing", "[planner]") {
  FlakyCluster cluster = HeldUp();
  cluster.scene.node("w").meta.labels[std::string(api::kExclude)] = "true";
  cluster.refusals[ActionKind::kDeletePodTemplate] = Outcome::kUnknown;  // it may come any time now
  cluster.Steps(60);
  cluster.scene.node("w").meta.labels.clear();
  cluster.refusals.erase(ActionKind::kEvict);
  cluster.Steps(20);
  REQUIRE(cluster.scene.StepOf("w") == "Draining");
  CHECK(cluster.evictions == 0);
  cluster.refusals.clear();
  CHECK(cluster.RunUntil([&] { return cluster.Ready(); }));
  CHECK(cluster.Count("SavePodTemplate team-a/db") == 2);
  CHECK(cluster.creations == 1);
}

TEST_CASE("a pod that ends by itself before its eviction is not started again", "[planner]") {
  FlakyCluster cluster = HeldUp();
  cluster.pods.at(kDb).phase = api::PodPhase::kSucceeded;
  cluster.Step();
  cluster.refusals = {{ActionKind::kDeletePodTemplate, Outcome::kUnknown}};
  cluster.Steps(10);
  CHECK(cluster.pods.contains(kDb));
  cluster.refusals.clear();
  REQUIRE(cluster.RunUntil([&] { return cluster.Ready(); }));
  CHECK(cluster.creations == 0);
  CHECK(cluster.scene.saved_pods.empty());
}

TEST_CASE("a pod that ends in the course of its eviction is started again", "[planner]") {
  FlakyCluster cluster = OneWorker();
  cluster.termination_seconds = 20;
  REQUIRE(cluster.RunUntil([&] { return cluster.evictions == 1; }));
  cluster.pods.at(kDb).phase = api::PodPhase::kFailed;
  REQUIRE(cluster.RunUntil([&] { return cluster.Ready(); }));
  CHECK(cluster.creations == 1);
}

TEST_CASE("a pod that was created again and does not run yet may be moved on", "[planner]") {
  FlakyCluster cluster({"w1", "w2"});
  cluster.Add("w1", Db());
  constexpr int kNever = 100'000;
  cluster.startup_seconds = kNever;
  REQUIRE(cluster.RunUntil([&] { return cluster.creations == 2; }));
  CHECK(cluster.evictions == 2);
  CHECK(cluster.scene.saved_pods.size() == 1);
  cluster.startup_seconds = 0;
  CHECK(cluster.RunUntil([&] { return cluster.Ready(); }));
}

TEST_CASE("the pod that was created again is known by its mark, however late the watch is",
          "[planner]") {
  FlakyCluster cluster = Gone();
  cluster.refusals.clear();
  cluster.recreated_pods_lag = true;
  cluster.Steps(5);
  cluster.scene.results.clear();  // the reply was lost
  cluster.Steps(20);
  CHECK(cluster.creations == 1);
  CHECK(cluster.IsSaved(kDb));
  cluster.recreated_pods_lag = false;
  CHECK(cluster.RunUntil([&] { return cluster.Ready(); }));
  CHECK(cluster.scene.status().warnings.size() == 1);  // of what it loses
}

TEST_CASE("nothing is done on knowledge that may be old", "[planner]") {
  FlakyCluster held = HeldUp();
  World old_saved = held.scene.MakeWorld();
  old_saved.saved_pods.current = false;
  CHECK_FALSE(KeptPods(old_saved).MayLeave(held.pods.at(kDb), {}));
  CHECK(KeptPods(held.scene.MakeWorld()).MayLeave(held.pods.at(kDb), {}));

  FlakyCluster gone = Gone();
  gone.scene.results.clear();
  World old_pods = gone.scene.MakeWorld();
  old_pods.recreated_pods.current = false;
  for (const std::string& action : Describe(MakePlan(old_pods, gone.scene.memory).actions)) {
    CHECK(action != "RecreatePod team-a/db");
  }
  old_pods.saved_pods = {};
  CHECK(MakePlan(old_pods, gone.scene.memory).status.saved_pods == 1);
}

TEST_CASE("the manifest of another pod of the name is not taken for this one's", "[planner]") {
  FlakyCluster cluster = OneWorker();
  cluster.refusals[ActionKind::kSavePodTemplate] = Outcome::kUnknown;
  REQUIRE(cluster.RunUntil([&] { return cluster.scene.status().saved_pods > 0; }));
  cluster.Steps(3);
  const auto saves = [](const Plan& plan) {
    const auto actions = Describe(plan.actions);
    return std::count(actions.begin(), actions.end(), "SavePodTemplate team-a/db");
  };
  CHECK(saves(cluster.scene.Look()) == 1);
  cluster.scene.whole_pods.at(kDb).at(kDb).meta.uid = "another";
  CHECK(saves(cluster.scene.Look()) == 0);
}

TEST_CASE("a pod of its name that somebody else has made takes a saved pod's place", "[planner]") {
  FlakyCluster cluster = Gone();
  cluster.refusals.clear();
  cluster.Add("elsewhere", Db());
  cluster.pods.at(kDb).meta.uid = "somebody's";
  REQUIRE(cluster.RunUntil([&] { return cluster.scene.saved_pods.empty(); }));
  CHECK(cluster.creations == 0);
  CHECK(cluster.scene.WarningLines().back() ==
        "saved pod team-a/db is not recreated: another pod of that name exists");
}

TEST_CASE("what the server says against a saved pod is shown, and Ready waits", "[planner]") {
  FlakyCluster cluster = Gone();
  REQUIRE(cluster.RunUntil([&] { return cluster.scene.Conditions() == "F T F PodsToRecreate"; }));
  CHECK(
      cluster.scene.MessageOf("Reconciling") ==
      "saved pods that are not running again yet: team-a/db (the API server rejects it: the server "
      "says no)");
  CHECK(cluster.scene.WarningLines().back() ==
        "saved pod team-a/db cannot be recreated: the server says no");
  CHECK(cluster.scene.status().saved_pods == 1);
  const int total = cluster.scene.status().warnings_total;
  cluster.Steps(100);
  CHECK(cluster.scene.status().warnings_total == total);
  cluster.scene.status().warnings.clear();  // as if the status had not been written in time
  cluster.Steps(1);
  CHECK(cluster.scene.WarningLines().size() == 1);
  cluster.refusals.clear();
  CHECK(cluster.RunUntil([&] { return cluster.Ready(); }));
}

TEST_CASE("a pod that was created again but stays Pending is warned of after a minute",
          "[planner]") {
  FlakyCluster cluster = OneWorker();
  cluster.recreated_pods_start = false;
  REQUIRE(cluster.RunUntil([&] { return cluster.creations == 1; }));
  cluster.pods.at(kDb).problem = "Unschedulable: 0/1 nodes are available";
  const std::string warning =
      "saved pod team-a/db was recreated but is not running yet: Unschedulable: 0/1 nodes are "
      "available";
  cluster.Steps(50);
  CHECK(cluster.scene.WarningLines().back() != warning);
  cluster.Steps(15);
  CHECK(cluster.scene.WarningLines().back() == warning);
  CHECK(cluster.scene.Conditions() == "F T F PodsToRecreate");
  CHECK(cluster.scene.MessageOf("Ready").find("Pending: Unschedulable") != std::string::npos);
  CHECK(cluster.IsSaved(kDb));
}

TEST_CASE("PodTemplates of another object are left alone", "[planner]") {
  FlakyCluster cluster = OneWorker();
  InstantCluster(cluster.scene)
      .CarryOut(SavePodTemplate{"team-a", "cu-x", "x", "x-uid", "w", "other", "other-uid", "{}"});
  REQUIRE(cluster.RunUntil([&] { return cluster.Ready(); }));
  CHECK(cluster.scene.saved_pods.size() == 1);
  CHECK(cluster.Count("RecreatePod team-a/x") == 0);
}

TEST_CASE("a save whose answer is unknown counts until it must have come", "[planner]") {
  FlakyCluster cluster({"w"});
  cluster.scene.node("w").kubelet_version = kNew;
  cluster.scene.status().saved_pods = 1;  // written by one who died
  cluster.Steps(20);
  CHECK(cluster.scene.status().saved_pods == 1);
  CHECK(cluster.scene.Conditions() == "F T F PodsToRecreate");
  cluster.Steps(20);
  CHECK(cluster.scene.status().saved_pods == 0);
  CHECK(cluster.Ready());
}
