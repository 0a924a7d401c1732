#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "base/time.hpp"
#include "planner/nodes/steps.hpp"
#include "planner/pods/obstacle.hpp"
#include "unit/planner/instant_cluster.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

Scene OneWorker(const UpgradeBuilder& upgrade = UpgradeBuilder()) {
  Scene scene(upgrade);
  scene.server_version = kNew;
  scene.Add(Worker("w"));
  return scene;
}

/// One worker with one pod, its cordon shown and its drain begun.
Scene Draining(const UpgradeBuilder& upgrade = UpgradeBuilder()) {
  Scene scene = OneWorker(upgrade);
  scene.Add("w", PodBuilder("web"));
  InstantCluster(scene).RunTo("w", "Draining");
  return scene;
}

}  // namespace

TEST_CASE("the cordon waits for the finalizer, and both for the durable intent", "[planner]") {
  Scene scene = OneWorker();
  scene.Settle();
  CHECK(scene.StepOf("w") == "Cordoning");
  CHECK(scene.Actions() == Lines{"AddFinalizer"});
  scene.upgrade().meta.finalizers = {std::string(api::kFinalizer)};
  CHECK(scene.Actions() == Lines{"Cordon w"});
}

TEST_CASE("a node in Cordoning goes on once the cordon and the other marks are seen", "[planner]") {
  Scene scene = OneWorker();
  scene.Add("w", PodBuilder("web")).Add("w", PodBuilder("net").OwnedBy("DaemonSet", "net"));
  InstantCluster cluster(scene);
  cluster.Apply(scene.Settle().actions);
  cluster.Apply(scene.Settle().actions);
  CHECK(scene.Actions() == Lines{"SetHints w"});
  CHECK(scene.StepOf("w") == "Cordoning");
  cluster.Apply(scene.Settle().actions);
  CHECK(scene.Actions() == Lines{"Evict team-a/web"});
  CHECK(scene.StepOf("w") == "Draining");
  CHECK(scene.Entry("w")->daemon_sets == Lines{"team-a/net"});
  CHECK(scene.Entry("w")->total == 1);
  CHECK(scene.Entry("w")->cordon_time == scene.now.wall);
}

TEST_CASE("a user's value of an optional mark is left alone and stops nothing", "[planner]") {
  Scene scene = OneWorker();
  scene.Add("w", PodBuilder("web"));
  InstantCluster cluster(scene);
  cluster.Apply(scene.Settle().actions);
  cluster.Apply(scene.Settle().actions);
  const Action mark = scene.Settle().actions.at(0);
  for (const Outcome unsettled : {Outcome::kUnknown, Outcome::kOverload}) {
    scene.Answer(mark, unsettled);
    scene.Settle();
    CHECK(scene.StepOf("w") == "Cordoning");
  }
  scene.Answer(mark, Outcome::kConflict);
  SECTION("seen by now: the others are set without it") {
    scene.node("w").meta.labels[std::string(api::kExcludeFromLoadBalancers)] = "true";
    const auto again = std::get<SetNodeHints>(scene.Settle().actions.at(0));
    CHECK_FALSE(again.exclude_from_load_balancers);
    CHECK(again.disable_scale_down);
    CHECK(again.do_not_disrupt);
    cluster.Apply(again);
    CHECK(scene.node("w").meta.labels.at(std::string(api::kExcludeFromLoadBalancers)) == "true");
  }
  SECTION("never seen: it is not waited for without end") {
    scene.Settle();
    CHECK(scene.StepOf("w") == "Cordoning");
    scene.results[KeyOf(mark)].attempts = 3;
  }
  scene.Settle();
  CHECK(scene.StepOf("w") == "Draining");
}

TEST_CASE("a refused cordon is shown", "[planner]") {
  Scene scene = OneWorker();
  scene.upgrade().meta.finalizers = {std::string(api::kFinalizer)};
  const Action cordon = scene.Settle().actions.at(0);
  scene.Answer(cordon, Outcome::kForbidden, "webhook says no");
  scene.Settle();
  CHECK(scene.Entry("w")->message == "the cordon was refused: webhook says no");
}

TEST_CASE("a refused finalizer is shown: nothing is cordoned without it", "[planner]") {
  Scene scene = OneWorker();
  const Action hold = scene.Settle().actions.at(0);
  REQUIRE(Describe(hold) == "AddFinalizer");
  scene.Answer(hold, Outcome::kForbidden, "webhook says no");
  scene.Settle();
  CHECK(scene.Entry("w")->message.find("webhook says no") != std::string::npos);
}

TEST_CASE("drain.when Never goes from the cordon straight to the upgrade", "[planner]") {
  Scene scene = OneWorker(UpgradeBuilder().With(
      [](api::ClusterUpgrade& upgrade) { upgrade.spec.drain.when = api::DrainWhen::kNever; }));
  scene.Add("w", PodBuilder("web"));
  InstantCluster(scene).RunTo("w", "Upgrading");
  CHECK(scene.pods["w"].size() == 1);
}

TEST_CASE("the drain counts pods that leave and pods that arrive", "[planner]") {
  Scene scene = Draining();
  CHECK(DrainProgress(*scene.Entry("w")) == "0/1 pods");
  scene.Add("w", PodBuilder("late"));
  scene.Settle();
  CHECK(DrainProgress(*scene.Entry("w")) == "0/2 pods");
  scene.pods["w"].erase("team-a/web");
  scene.Settle();
  CHECK(DrainProgress(*scene.Entry("w")) == "1/2 pods");
  scene.pods["w"].clear();
  scene.Settle();
  CHECK(scene.StepOf("w") == "Upgrading");
}

TEST_CASE("a drain without its cordon evicts nothing and does not go on", "[planner]") {
  Scene scene = Draining();
  scene.node("w") = Worker("w").Cordoned();
  CHECK(scene.Actions() == Lines{"Cordon w"});
  scene.pods["w"].clear();
  CHECK(scene.Actions() == Lines{"Cordon w"});
  CHECK(scene.StepOf("w") == "Draining");
}

TEST_CASE("what blocks a drain is shown with the time since when, however often it is looked at",
          "[planner]") {
  Scene scene = OneWorker();
  scene.Add(BudgetFor("web", 0)).Add("w", PodBuilder("web").Label("app", "web"));
  InstantCluster(scene).RunTo("w", "Draining");
  scene.Settle();
  REQUIRE(scene.Entry("w")->blocked_by.size() == 1);
  CHECK(scene.Entry("w")->blocked_by[0].since == After(0));
  scene.Pass(100);
  scene.Settle();
  CHECK(scene.Entry("w")->blocked_by[0].since == After(0));
  CHECK(
      scene.Entry("w")->message ==
      "0/1 pods gone; pod team-a/web waits for PodDisruptionBudget team-a/web, which allows no "
      "eviction now (0 of its pods are healthy, 0 must stay so); it will when more of its pods are "
      "healthy (since " +
          base::FormatTime(After(0)) + ")");
  CHECK(scene.Conditions() == "F T F UpgradingNodes");
}

TEST_CASE("at most five blockers are listed, the rest are counted", "[planner]") {
  Scene scene = OneWorker();
  for (int i = 0; i < 8; ++i) {
    const std::string app = "app-" + std::to_string(i);
    scene.Add(BudgetFor(app, 0)).Add("w", PodBuilder(app).Label("app", app));
  }
  InstantCluster(scene).RunTo("w", "Draining");
  scene.Settle();
  CHECK(scene.Entry("w")->blocked_by.size() == 5);
  CHECK(scene.Entry("w")->blocked_by_more == 3);
}

TEST_CASE("a drain whose time is over fails the node and gives it back", "[planner]") {
  Scene scene = Draining();
  scene.Add(BudgetFor("web", 0)).Add("w", PodBuilder("web").Label("app", "web"));
  scene.Pass(3599);
  scene.Settle();
  CHECK(scene.StepOf("w") == "Draining");
  scene.Pass(1);

  SECTION("not while the state of the cluster is unknown") {
    scene.current = false;
    scene.Settle();
    CHECK(scene.StepOf("w") == "Draining");
  }
  SECTION("never when there is no timeout") {
    scene.spec().drain.timeout_seconds = 0;
    scene.Settle();
    CHECK(scene.StepOf("w") == "Draining");
  }
  SECTION("given back, uncordoned, counted as failed") {
    InstantCluster(scene).Run();
    CHECK(scene.InWork().empty());
    CHECK_FALSE(scene.node("w").unschedulable);
    REQUIRE(scene.status().failures.size() == 1);
    CHECK(scene.status().failures[0].reason == api::FailureReason::kDrainTimeout);
    CHECK_FALSE(scene.status().failures[0].node_changed);
    CHECK(scene.Conditions() == "F F T NodesFailed");
    CHECK(scene.upgrade().meta.finalizers.empty());
  }
}

TEST_CASE("a pause freezes the drain, its clock included", "[planner]") {
  Scene scene = Draining();
  scene.spec().paused = true;
  scene.Settle();
  CHECK(scene.Actions().empty());
  CHECK(scene.StepOf("w") == "Draining");
  CHECK(scene.Conditions() == "F F F Paused");
  scene.Pass(10'000);
  scene.Settle();
  CHECK(scene.StepOf("w") == "Draining");

  scene.spec().paused = false;
  CHECK(scene.Actions() == Lines{"Evict team-a/web"});
  scene.Pass(3599);
  CHECK(scene.Actions() == Lines{"Evict team-a/web"});
  scene.Pass(1);
  scene.Settle();
  CHECK(scene.StepOf("w") == "Uncordoning");
}

TEST_CASE("a pause stops a node that is not cordoned yet", "[planner]") {
  Scene scene = OneWorker();
  scene.upgrade().meta.finalizers = {std::string(api::kFinalizer)};
  scene.Settle();
  scene.spec().paused = true;
  CHECK(scene.Actions().empty());
  CHECK(scene.Entry("w")->message == "paused");
}

TEST_CASE("a user who uncordons a draining node has the last word until retry", "[planner]") {
  Scene scene = Draining();
  scene.node("w").unschedulable = false;
  scene.Settle();
  CHECK(scene.StepOf("w") == "Uncordoning");
  InstantCluster(scene).Run();
  CHECK(scene.InWork().empty());
  CHECK(scene.node("w").meta.annotations.empty());
  REQUIRE(scene.status().postponed.size() == 1);
  CHECK(scene.status().postponed[0].reason == api::PostponeReason::kUncordonedByUser);
  CHECK(scene.Conditions() == "F F T NodesFailed");
  CHECK(scene.pods["w"].size() == 1);

  scene.AskForRetry("once more");
  scene.Settle();
  CHECK(scene.InWork() == "w");
  CHECK(scene.status().postponed.empty());
}

TEST_CASE("an edit of drain.when ends a drain that is not needed any more", "[planner]") {
  Scene scene = Draining();
  scene.spec().drain.when = api::DrainWhen::kNever;
  scene.Edit();
  scene.Settle();
  CHECK(scene.StepOf("w") == "Upgrading");
  CHECK(scene.pods["w"].size() == 1);
}

TEST_CASE("a user's cordon is kept: the node is upgraded and stays cordoned", "[planner]") {
  Scene scene = OneWorker();
  scene.Add(Worker("w").Cordoned());
  InstantCluster cluster(scene);
  cluster.cordoned_by_users.insert("w");
  cluster.Run();
  CHECK(scene.StepOf("w") == "Upgrading");
  scene.node("w").kubelet_version = kNew;
  cluster.Run();
  scene.Pass(10);
  cluster.Run();
  CHECK(scene.InWork().empty());
  CHECK(scene.node("w").unschedulable);
  CHECK_FALSE(scene.node("w").meta.annotations.contains(api::kCordonedBy));
  CHECK(scene.Conditions() == "T F F Upgraded");
}

TEST_CASE("a wish to keep the cordon, spoken later, is kept too", "[planner]") {
  Scene scene = Draining();
  scene.node("w").meta.annotations[std::string(api::kKeepCordoned)] = "true";
  InstantCluster cluster(scene);
  cluster.Run();
  scene.node("w").kubelet_version = kNew;
  cluster.Run();
  scene.Pass(10);
  cluster.Run();
  CHECK(scene.InWork().empty());
  CHECK(scene.node("w").unschedulable);
  CHECK_FALSE(scene.node("w").meta.annotations.contains(api::kCordonedBy));
  CHECK(scene.Conditions() == "T F F Upgraded");
}

TEST_CASE("a node is given back when its work is no longer wanted", "[planner]") {
  Scene scene = Draining();
  std::string why;
  SECTION("the object is being deleted") {
    scene.upgrade().meta.deleted = scene.now.wall;
    why = "given back: the ClusterUpgrade is being deleted";
  }
  SECTION("it is to be left alone") {
    scene.node("w").meta.labels[std::string(api::kExclude)] = "true";
    why = "given back: label clusterupgrade.io/exclude=true";
  }
  SECTION("the target became impossible") {
    scene.spec().version = "v1.99.0";
    scene.Edit();
    why = "given back: SkewViolated";
  }
  SECTION("the target is where the node is") {
    scene.spec().version = kOld;
    scene.Edit();
    why = "given back: it is at v1.35.4 already";
  }
  scene.Settle();
  CHECK(scene.StepOf("w") == "Uncordoning");
  CHECK(scene.Entry("w")->message == why);
  InstantCluster(scene).Run();
  CHECK(scene.InWork().empty());
  CHECK_FALSE(scene.node("w").unschedulable);
  CHECK(scene.status().failures.empty());
  CHECK(scene.upgrade().meta.finalizers.empty());
}

TEST_CASE("an edit of the version is adopted while the node is not being upgraded yet",
          "[planner]") {
  Scene scene = Draining();
  scene.spec().version = "v1.36.4";
  scene.Edit();
  scene.Settle();
  CHECK(scene.Entry("w")->version == "v1.36.4");
  CHECK(scene.StepOf("w") == "Draining");
}

TEST_CASE("a node replaced under the same name is judged afresh", "[planner]") {
  Scene scene = Draining();
  scene.Add(Worker("w").Uid("another"));
  scene.Settle();
  REQUIRE(scene.Entry("w") != nullptr);
  CHECK(scene.Entry("w")->uid == "another");
  CHECK(scene.StepOf("w") == "Cordoning");

  scene.nodes.clear();
  scene.Settle();
  CHECK(scene.InWork().empty());
}

TEST_CASE("the release takes the optional marks first, and a conflict waits", "[planner]") {
  Scene scene = Draining();
  scene.upgrade().meta.deleted = scene.now.wall;
  CHECK(scene.Actions() == Lines{"ClearHints w"});
  const Action unmark = scene.Settle().actions.at(0);
  InstantCluster cluster(scene);
  cluster.Apply(unmark);
  CHECK(scene.Actions() == Lines{"Release w"});
  const auto release = std::get<ReleaseNode>(scene.Settle().actions.at(0));
  CHECK(release.uid == "w-uid");
  CHECK(release.resource_version == "1");
  cluster.Apply(scene.Settle().actions);
  CHECK(scene.Actions() == Lines{"RemoveFinalizer"});
}

TEST_CASE("an optional mark that a user set stays without holding up the release", "[planner]") {
  Scene scene = Draining();
  scene.upgrade().meta.deleted = scene.now.wall;
  const Action unmark = scene.Settle().actions.at(0);
  scene.Answer(unmark, Outcome::kAccepted);
  CHECK(scene.Actions() == Lines{"ClearHints w", "Release w"});
}
