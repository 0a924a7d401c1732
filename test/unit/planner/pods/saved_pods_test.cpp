#include "planner/pods/saved_pods.hpp"

#include <functional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "planner/pods/kept_pods.hpp"
#include "unit/planner/town.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

constexpr const char* kDb = "team-a/db";

PodBuilder Db() {
  return PodBuilder("db").Alone();
}

Town OneWorker() {
  Town town({"w"});
  town.Add("w", Db());
  return town;
}

/// The worker's step is Draining and its pod is saved, but the server lets nobody be evicted.
Town HeldUp() {
  Town town = OneWorker();
  town.refusals[ActionKind::kEvict] = Outcome::kNoBudget;
  REQUIRE(town.Until([&] { return town.Saved(kDb); }));
  return town;
}

/// The same, evicted, gone, and not created again yet.
Town Gone(Outcome why = Outcome::kForbidden) {
  Town town = OneWorker();
  town.refusals[ActionKind::kRecreatePod] = why;
  REQUIRE(town.Until([&] { return town.evictions == 1 && town.pods.empty(); }));
  return town;
}

int Count(const Town& town, const std::string& line) {
  return static_cast<int>(std::count(town.log.begin(), town.log.end(), line));
}

/// Runs to the end with one fault; the number of writes it took.
int Walk(Fault fault, int fault_at, const std::function<void(Town&)>& prepare) {
  Town town({"w1", "w2"});
  town.Add("w1", Db());
  prepare(town);
  town.fault = fault;
  town.fault_at = fault_at;
  INFO("fault " << static_cast<int>(fault) << " at write " << fault_at);
  bool lost = false;
  REQUIRE(town.Until([&] {
    lost = lost || (!town.Lives(kDb) && !town.Saved(kDb));
    return town.Ready() && town.scene.upgrade().meta.finalizers.empty();
  }));
  CHECK_FALSE(lost);
  CHECK(town.evictions > 0);
  CHECK(town.creations == town.evictions);
  CHECK(town.Lives(kDb));
  CHECK(town.pods.at(kDb).phase == api::PodPhase::kRunning);
  CHECK(town.pods.size() == 1);
  CHECK(town.scene.saved_pods.empty());
  CHECK(town.scene.status().saved_pods == 0);
  for (const std::string& warning : town.scene.WarningLines()) {
    CHECK(warning.find("saved pod ") != 0);
  }
  return town.writes;
}

}  // namespace

TEST_CASE("wherever the controller dies, a pod without a controller is there once at the end",
          "[planner]") {
  const std::vector<std::function<void(Town&)>> towns = {
      [](Town&) {},
      // it still starts when its second node is drained
      [](Town& town) { town.start = 40; },
      [](Town& town) { town.grace = 0; },
      // its third node: the first one again
      [](Town& town) {
        town.scene.Add(Worker("w3"));
        town.start = 60;
      }};
  for (const auto& prepare : towns) {
    const int writes = Walk(Fault::kNone, -1, prepare);
    for (const Fault fault : {Fault::kDiesBefore, Fault::kDiesAfter, Fault::kReplyLost}) {
      for (int at = 0; at < writes; ++at) {
        Walk(fault, at, prepare);
      }
    }
  }
}

TEST_CASE("a pod is saved before it is evicted, created when it is gone, forgotten when it runs",
          "[planner]") {
  Town town = OneWorker();
  REQUIRE(town.Until([&] { return town.Ready(); }));
  std::vector<std::string> acts;
  for (const std::string& line : town.log) {
    if (line.find(kDb) != std::string::npos || line.find("DeletePodTemplate") == 0) {
      acts.push_back(line.substr(0, line.find(' ')));
    }
  }
  CHECK(acts ==
        std::vector<std::string>{"SavePodTemplate", "Evict", "RecreatePod", "DeletePodTemplate"});
}

TEST_CASE("status.savedPods is durable before the first PodTemplate", "[planner]") {
  Town town = OneWorker();
  REQUIRE(town.Until([&] { return Count(town, "SavePodTemplate team-a/db") > 0 || town.Ready(); }));
  CHECK(town.scene.status().saved_pods == 1);
  api::ClusterUpgradeStatus none = town.scene.status();
  none.saved_pods = 0;
  CHECK_FALSE(SameIntent(none, town.scene.status()));
  api::ClusterUpgradeStatus more = town.scene.status();
  more.saved_pods = 7;
  CHECK(SameIntent(more, town.scene.status()));
}

TEST_CASE("a pod that may not be saved stays, and the drain says what is missing", "[planner]") {
  Town town = OneWorker();
  town.refusals[ActionKind::kSavePodTemplate] = Outcome::kForbidden;
  town.Steps(40);
  CHECK(town.evictions == 0);
  REQUIRE(town.scene.StepOf("w") == "Draining");
  const auto& blocked = town.scene.Entry("w")->blocked_by;
  REQUIRE(blocked.size() == 1);
  CHECK(blocked.front().kind == api::BlockerKind::kPodTemplate);
  CHECK(blocked.front().reason == api::BlockReason::kForbidden);
  CHECK(town.scene.Entry("w")->message.find("deploy/optional/recreate-pods.yaml") !=
        std::string::npos);
  town.refusals.clear();
  CHECK(town.Until([&] { return town.Ready(); }));
  CHECK(town.creations == 1);
}

TEST_CASE("many pods are saved a few at a time, and refused ones keep nobody waiting",
          "[planner]") {
  Town town({"w"});
  for (int i = 0; i < 30; ++i) {
    town.Add("w", PodBuilder("p" + std::to_string(i)).Alone());
  }
  std::size_t most = 0;
  REQUIRE(town.Until([&] {
    const auto& open = town.scene.open;
    most = std::max(most,
                    static_cast<std::size_t>(
                        std::count_if(open.begin(), open.end(), [](const WantedWatch& interest) {
                          return interest.kind == WatchKind::kWholePod;
                        })));
    return town.Ready();
  }));
  CHECK(most == 8);
  CHECK(town.creations == 30);
}

TEST_CASE("under another policy nothing is saved and no PodTemplate is looked for", "[planner]") {
  Town town = OneWorker();
  town.scene.spec().drain.unmanaged_pods = api::UnmanagedPods::kEvict;
  bool looked = false;
  REQUIRE(town.Until([&] {
    looked = looked || town.scene.open.contains({WatchKind::kSavedPods, ""});
    return town.Ready();
  }));
  CHECK_FALSE(looked);
  CHECK(town.evictions == 1);
  CHECK(town.pods.empty());
}

TEST_CASE("a pod that was saved is created again under whatever policy comes after", "[planner]") {
  Town town = Gone();
  town.refusals.clear();
  town.scene.spec().drain.unmanaged_pods = api::UnmanagedPods::kEvict;
  town.scene.Edit();
  CHECK(town.Until([&] { return town.Ready(); }));
  CHECK(town.creations == 1);
}

TEST_CASE("a pause holds no pod back that is to be created again", "[planner]") {
  Town town = Gone();
  town.refusals.clear();
  town.scene.spec().paused = true;
  town.Steps(20);
  CHECK(town.creations == 1);
}

TEST_CASE("an object that is deleted is held until its saved pods exist again", "[planner]") {
  Town town = Gone();
  town.scene.upgrade().meta.deleted = town.scene.now.wall;
  town.Steps(60);
  CHECK_FALSE(town.scene.upgrade().meta.finalizers.empty());
  CHECK(town.scene.MessageOf("Reconciling").find(kDb) != std::string::npos);
  town.refusals.clear();
  town.runs = false;
  REQUIRE(town.Until([&] { return town.scene.upgrade().meta.finalizers.empty(); }));
  CHECK(town.creations == 1);
  CHECK(town.scene.saved_pods.empty());
}

TEST_CASE("a pod that stays after all is forgotten once no eviction can be on its way",
          "[planner]") {
  Town town = HeldUp();
  town.scene.node("w").meta.labels[std::string(api::kExclude)] = "true";
  REQUIRE(town.Until([&] { return town.scene.StepOf("w") == "-"; }));
  town.Steps(20);
  CHECK(town.Saved(kDb));
  REQUIRE(town.Until([&] { return !town.Saved(kDb); }));
  CHECK(town.Lives(kDb));
  town.Steps(3);
  CHECK(town.scene.status().saved_pods == 0);
  CHECK(town.creations == 0);
}

TEST_CASE("an eviction that comes late loses no pod", "[planner]") {
  Town town = HeldUp();
  town.scene.node("w").meta.labels[std::string(api::kExclude)] = "true";
  town.Steps(10);
  town.pods.at(kDb).meta.deleted = town.scene.now.wall;
  ++town.evictions;
  REQUIRE(town.Until([&] { return town.Ready(); }));
  CHECK(town.Lives(kDb));
  CHECK(town.creations == 1);
}

TEST_CASE("a PodTemplate that is being forgotten keeps nothing", "[planner]") {
  Town town = HeldUp();
  town.scene.node("w").meta.labels[std::string(api::kExclude)] = "true";
  town.refusals[ActionKind::kDeletePodTemplate] = Outcome::kUnknown;  // it may come any time now
  town.Steps(60);
  town.scene.node("w").meta.labels.clear();
  town.refusals.erase(ActionKind::kEvict);
  town.Steps(20);
  REQUIRE(town.scene.StepOf("w") == "Draining");
  CHECK(town.evictions == 0);
  town.refusals.clear();
  CHECK(town.Until([&] { return town.Ready(); }));
  CHECK(Count(town, "SavePodTemplate team-a/db") == 2);
  CHECK(town.creations == 1);
}

TEST_CASE("a pod that ends by itself before its eviction is not started again", "[planner]") {
  Town town = HeldUp();
  town.pods.at(kDb).phase = api::PodPhase::kSucceeded;
  town.Step();
  town.refusals = {{ActionKind::kDeletePodTemplate, Outcome::kUnknown}};
  town.Steps(10);
  CHECK(town.pods.contains(kDb));
  town.refusals.clear();
  REQUIRE(town.Until([&] { return town.Ready(); }));
  CHECK(town.creations == 0);
  CHECK(town.scene.saved_pods.empty());
}

TEST_CASE("a pod that ends in the course of its eviction is started again", "[planner]") {
  Town town = OneWorker();
  town.grace = 20;
  REQUIRE(town.Until([&] { return town.evictions == 1; }));
  town.pods.at(kDb).phase = api::PodPhase::kFailed;
  REQUIRE(town.Until([&] { return town.Ready(); }));
  CHECK(town.creations == 1);
}

TEST_CASE("a pod that was created again and does not run yet may be moved on", "[planner]") {
  Town town({"w1", "w2"});
  town.Add("w1", Db());
  constexpr int kNever = 100'000;
  town.start = kNever;
  REQUIRE(town.Until([&] { return town.creations == 2; }));
  CHECK(town.evictions == 2);
  CHECK(town.scene.saved_pods.size() == 1);
  town.start = 0;
  CHECK(town.Until([&] { return town.Ready(); }));
}

TEST_CASE("the pod that was created again is known by its mark, however late the watch is",
          "[planner]") {
  Town town = Gone();
  town.refusals.clear();
  town.lags = true;
  town.Steps(5);
  town.scene.results.clear();  // the reply was lost
  town.Steps(20);
  CHECK(town.creations == 1);
  CHECK(town.Saved(kDb));
  town.lags = false;
  CHECK(town.Until([&] { return town.Ready(); }));
  CHECK(town.scene.status().warnings.size() == 1);  // of what it loses
}

TEST_CASE("nothing is done on knowledge that may be old", "[planner]") {
  Town held = HeldUp();
  World old_saved = held.scene.MakeWorld();
  old_saved.saved_pods.current = false;
  CHECK_FALSE(KeptPods(old_saved).MayLeave(held.pods.at(kDb), {}));
  CHECK(KeptPods(held.scene.MakeWorld()).MayLeave(held.pods.at(kDb), {}));

  Town gone = Gone();
  gone.scene.results.clear();
  World old_pods = gone.scene.MakeWorld();
  old_pods.recreated_pods.current = false;
  for (const std::string& act : Describe(MakePlan(old_pods, gone.scene.memory).actions)) {
    CHECK(act != "RecreatePod team-a/db");
  }
  old_pods.saved_pods = {};
  CHECK(MakePlan(old_pods, gone.scene.memory).status.saved_pods == 1);
}

TEST_CASE("the manifest of another pod of the name is not taken for this one's", "[planner]") {
  Town town = OneWorker();
  town.refusals[ActionKind::kSavePodTemplate] = Outcome::kUnknown;
  REQUIRE(town.Until([&] { return town.scene.status().saved_pods > 0; }));
  town.Steps(3);
  const auto saves = [](const Plan& plan) {
    const auto acts = Describe(plan.actions);
    return std::count(acts.begin(), acts.end(), "SavePodTemplate team-a/db");
  };
  CHECK(saves(town.scene.Look()) == 1);
  town.scene.whole_pods.at(kDb).at(kDb).meta.uid = "another";
  CHECK(saves(town.scene.Look()) == 0);
}

TEST_CASE("a pod of its name that somebody else has made takes a saved pod's place", "[planner]") {
  Town town = Gone();
  town.refusals.clear();
  town.Add("elsewhere", Db());
  town.pods.at(kDb).meta.uid = "somebody's";
  REQUIRE(town.Until([&] { return town.scene.saved_pods.empty(); }));
  CHECK(town.creations == 0);
  CHECK(town.scene.WarningLines().back() ==
        "saved pod team-a/db is not created again: somebody has made another pod of that name");
}

TEST_CASE("what the server says against a saved pod is shown, and Ready waits", "[planner]") {
  Town town = Gone();
  REQUIRE(town.Until([&] { return town.scene.Conditions() == "F T F PodsToRecreate"; }));
  CHECK(town.scene.MessageOf("Reconciling") ==
        "saved pods that do not run again yet: team-a/db (the server refuses it: the server says "
        "no)");
  CHECK(town.scene.WarningLines().back() ==
        "saved pod team-a/db cannot be created again: the server says no");
  CHECK(town.scene.status().saved_pods == 1);
  const int total = town.scene.status().warnings_total;
  town.Steps(100);
  CHECK(town.scene.status().warnings_total == total);
  town.refusals.clear();
  CHECK(town.Until([&] { return town.Ready(); }));
}

TEST_CASE("a pod that was created again but stays Pending is warned of after a minute",
          "[planner]") {
  Town town = OneWorker();
  town.runs = false;
  REQUIRE(town.Until([&] { return town.creations == 1; }));
  town.pods.at(kDb).problem = "Unschedulable: 0/1 nodes are available";
  const std::string warning =
      "saved pod team-a/db was created again but does not run yet: Unschedulable: 0/1 nodes are "
      "available";
  town.Steps(50);
  CHECK(town.scene.WarningLines().back() != warning);
  town.Steps(15);
  CHECK(town.scene.WarningLines().back() == warning);
  CHECK(town.scene.Conditions() == "F T F PodsToRecreate");
  CHECK(town.scene.MessageOf("Ready").find("Pending: Unschedulable") != std::string::npos);
  CHECK(town.Saved(kDb));
}

TEST_CASE("PodTemplates of another object are left alone", "[planner]") {
  Town town = OneWorker();
  Player(town.scene)(
      SavePodTemplate{"team-a", "cu-x", "x", "x-uid", "w", "other", "other-uid", "{}"});
  REQUIRE(town.Until([&] { return town.Ready(); }));
  CHECK(town.scene.saved_pods.size() == 1);
  CHECK(Count(town, "RecreatePod team-a/x") == 0);
}

TEST_CASE("a save whose answer is unknown counts until it must have come", "[planner]") {
  Town town({"w"});
  town.scene.node("w").kubelet_version = kNew;
  town.scene.status().saved_pods = 1;  // written by one who died
  town.Steps(20);
  CHECK(town.scene.status().saved_pods == 1);
  CHECK(town.scene.Conditions() == "F T F PodsToRecreate");
  town.Steps(20);
  CHECK(town.scene.status().saved_pods == 0);
  CHECK(town.Ready());
}
