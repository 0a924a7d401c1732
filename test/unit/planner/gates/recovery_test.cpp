#include "planner/gates/recovery.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/recovery_scene.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("the next node waits until the evicted pods are Ready again", "[planner]") {
  Scene scene = TwoReplicas(2);
  InstantCluster cluster(scene);
  cluster.RunTo("worker-1", "Upgrading");
  Upgrade(scene, "worker-1");
  CHECK(scene.InWork().empty());
  CHECK(scene.Conditions() == "F T F WaitingForWorkloads");
  CHECK(scene.MessageOf("Ready").find("StatefulSet team-a/web (since ") != std::string::npos);

  SECTION("it goes on once they are") {
    scene.Add("worker-1", Replica("web", 0, "worker-1", 2));
    scene.Settle();
    CHECK(scene.InWork() == "worker-2");
  }
  SECTION("or after the bound, and says so") {
    const Plan plan = scene.Settle();
    REQUIRE(plan.wake_at.has_value());
    CHECK(*plan.wake_at <= scene.now.steady + std::chrono::seconds(600));
    scene.Pass(600);
    scene.Settle();
    CHECK(scene.InWork() == "worker-2");
    CHECK(scene.WarningLines().size() == 1);
  }
  SECTION("a new leader waits as well") {
    scene.memory = {};
    scene.open.clear();
    scene.Settle();
    CHECK(scene.InWork().empty());
    CHECK(scene.Conditions() == "F T F WaitingForWorkloads");
  }
}

TEST_CASE("nothing is waited for once the pods were back before the node was done", "[planner]") {
  Scene scene = TwoReplicas(2);
  InstantCluster(scene).RunTo("worker-1", "Upgrading");
  scene.Add("worker-2", Replica("web", 0, "worker-2", 2));
  Upgrade(scene, "worker-1");
  CHECK(scene.InWork() == "worker-2");
}

TEST_CASE("a node that is not drained waits for no workload", "[planner]") {
  Scene scene = TwoReplicas(2);
  InstantCluster(scene).RunTo("worker-1", "Upgrading");
  scene.spec().drain.when = api::DrainWhen::kNever;
  scene.Edit();
  Upgrade(scene, "worker-1");
  CHECK(scene.InWork() == "worker-2");
}

TEST_CASE("with two nodes at a time one of them may be unrecovered", "[planner]") {
  Scene scene = TwoReplicas(4, 2);
  scene.Add("worker-3", Replica("db", 0, "worker-3"));
  scene.Add("worker-4", Replica("db", 1, "worker-4"));
  InstantCluster cluster(scene);
  cluster.Run();

  SECTION("not the one that has the other pod of a workload") {
    CHECK(scene.StepOf("worker-1") == "Upgrading");
    CHECK(scene.StepOf("worker-2") == "-");
    Upgrade(scene, "worker-1");
    CHECK(scene.StepOf("worker-2") == "-");
    CHECK(scene.Conditions() == "F T F WaitingForWorkloads");
    CHECK(scene.MessageOf("Ready").find("leave no Ready pod to StatefulSet team-a/web") !=
          std::string::npos);
  }
  SECTION("the next once its pods are Ready elsewhere") {
    scene.Add("worker-4", Replica("web", 0, "worker-4", 2));
    cluster.Run();
    CHECK(scene.StepOf("worker-2") == "Upgrading");
    CHECK(scene.StepOf("worker-3") == "-");
    scene.Add("worker-4", Replica("web", 1, "worker-4", 2));
    Upgrade(scene, "worker-1");
    CHECK(scene.StepOf("worker-3") == "Upgrading");
  }
}

TEST_CASE("a workload whose pods are all on one node keeps nobody", "[planner]") {
  Scene scene = Workers(2, WaitingForWorkloads(2));
  scene.Add("worker-1", Replica("web", 0, "worker-1"));
  scene.Add("worker-2", Replica("db", 0, "worker-2")).Add("worker-2", Replica("db", 1, "worker-2"));
  InstantCluster cluster(scene);
  cluster.Run();
  CHECK(scene.StepOf("worker-1") == "Upgrading");
  CHECK(scene.StepOf("worker-2") == "Upgrading");
}

TEST_CASE("the pods of its namespaces are watched from before the cordon to the drain",
          "[planner]") {
  Scene scene = TwoReplicas(1);
  const WantedWatch wanted{WatchKind::kWorkloadPods, "team-a"};
  InstantCluster cluster(scene);
  for (const char* step : {"Cordoning", "Draining"}) {
    cluster.RunTo("worker-1", step);
    CHECK(scene.Look().watches.contains(wanted));
  }
}
