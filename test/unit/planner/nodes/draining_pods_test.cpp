#include <string>

#include <catch2/catch.hpp>

#include "base/time.hpp"
#include "planner/nodes/draining.hpp"
#include "planner/pods/obstacle.hpp"
#include "unit/planner/job_scene.hpp"

using namespace cu;
using namespace cu::planner;

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
  CHECK(scene.Entry("w")->message ==
        "0/1 pods gone; pod team-a/web waits for PodDisruptionBudget team-a/web, which allows no "
        "eviction now (0 of its pods are healthy, 0 are required); it will once more of them are "
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

TEST_CASE("what a pod that lands late loses is told before it goes", "[planner]") {
  Scene scene = Draining();
  scene.Add("w", PodBuilder("late").Unmanaged());
  CHECK(scene.Actions() == Lines{"Evict team-a/late", "Evict team-a/web"});
  CHECK(scene.WarningLines() == Lines{"UnmanagedPods team-a/late: the pod has no controller and is "
                                      "lost when it is evicted from w"});
}
