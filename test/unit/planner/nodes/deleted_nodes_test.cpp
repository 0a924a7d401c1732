#include "planner/nodes/deleted_nodes.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/instant_cluster.hpp"
#include "unit/planner/workers.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

api::Node Created(NodeBuilder builder, int seconds) {
  api::Node node = builder;
  node.meta.created = After(seconds);
  return node;
}

/// Workers w-1 to w-4, the first of them drained for an external tool.
Scene Announced(api::IntOrPercent unavailable = {1, false}) {
  Scene scene(OnePool(unavailable));
  scene.Add(ControlPlaneNode("master").At(kNew));
  for (const char* name : {"w-1", "w-2", "w-3", "w-4"}) {
    scene.Add(Created(Worker(name), -1000));
  }
  InstantCluster cluster(scene);
  cluster.RunTo("w-1", "Upgrading");
  cluster.Run();
  return scene;
}

void Delete(Scene& scene, const std::string& name) {
  scene.nodes.erase(name);
  scene.pods.erase(name);
  InstantCluster(scene).Run();
}

}  // namespace

TEST_CASE("the place of a deleted node stays taken until a new Ready node is there", "[planner]") {
  Scene scene = Announced();
  Delete(scene, "w-1");
  CHECK(scene.InWork().empty());
  CHECK(scene.Conditions() == "F T F WaitingForReplacement");
  CHECK(scene.status().nodes.total == 5);
  CHECK(scene.status().nodes.upgrading == 1);
  SECTION("one that is not Ready does not count") {
    scene.Add(Created(Worker("n-1").At(kNew).NotReady(), 60));
    scene.Settle();
    CHECK(scene.InWork().empty());
    scene.node("n-1").ready = true;
    scene.Settle();
    CHECK(scene.InWork() == "w-2");
    CHECK(scene.status().deleted_nodes.empty());
  }
  SECTION("under the same name") {
    api::Node again = Created(Worker("w-1").At(kNew).Uid("another"), 60);
    scene.Add(again);
    scene.Settle();
    CHECK(scene.InWork() == "w-2");
  }
  SECTION("in another pool it is no replacement") {
    scene.Add(Created(ControlPlaneNode("master-2").At(kNew), 60));
    scene.Settle();
    CHECK(scene.InWork().empty());
  }
  SECTION("one that was there before is no replacement") {
    scene.Add(Created(Worker("old").At(kNew), -2000));
    scene.Settle();
    CHECK(scene.InWork().empty());
  }
  SECTION("a retry gives the place up") {
    scene.AskForRetry("1");
    scene.Settle();
    CHECK(scene.InWork() == "w-2");
  }
  SECTION("a controller that starts anew knows it") {
    scene.memory = {};
    scene.Settle();
    CHECK(scene.InWork().empty());
  }
}

TEST_CASE("a place that is never taken again is a failure that counts", "[planner]") {
  Scene scene = Announced();
  Delete(scene, "w-1");
  scene.Pass(1799);
  scene.Settle();
  CHECK(scene.status().failures.empty());
  SECTION("not while paused") {
    scene.spec().paused = true;
    scene.Settle();
    scene.Pass(100);
    scene.Settle();
    CHECK(scene.status().failures.empty());
    scene.spec().paused = false;
    scene.Settle();
    scene.Pass(1799);
    scene.Settle();
    CHECK(scene.status().failures.empty());
  }
  scene.Pass(1);
  scene.Settle();
  CHECK(scene.ReasonOfFailure() == "NotReplaced");
  CHECK(scene.Conditions() == "F F T TooManyFailed");
  CHECK(scene.InWork().empty());
  SECTION("it is over when the new node comes after all") {
    scene.Add(Created(Worker("n-1").At(kNew), 9000));
    scene.Settle();
    CHECK(scene.status().failures.empty());
    CHECK(scene.InWork() == "w-2");
  }
  SECTION("a retry gives it up") {
    scene.AskForRetry("1");
    scene.Settle();
    CHECK(scene.status().failures.empty());
    CHECK(scene.InWork() == "w-2");
  }
  SECTION("at the end it keeps Ready away") {
    scene.spec().failure_policy.max_failed_nodes = 5;
    for (const char* name : {"w-2", "w-3", "w-4"}) {
      scene.node(name).kubelet_version = kNew;
    }
    scene.Settle();
    CHECK(scene.Conditions() == "F F T NodesFailed");
    CHECK(scene.MessageOf("Ready").find("w-1 (NotReplaced)") != std::string::npos);
  }
}

TEST_CASE("one new node takes one place", "[planner]") {
  Scene scene = Announced({2, false});
  REQUIRE(scene.InWork() == "w-1 w-2");
  Delete(scene, "w-1");
  scene.Add(Created(Worker("n-1").At(kNew), 60));
  scene.Settle();
  CHECK(scene.InWork() == "w-2 w-3");
  REQUIRE(scene.status().deleted_nodes.size() == 1);
  CHECK(scene.status().deleted_nodes[0].replacement == "n-1");
  Delete(scene, "w-2");
  CHECK(scene.InWork() == "w-3");
  scene.Add(Created(Worker("n-2").At(kNew), 90));
  InstantCluster(scene).Run();
  CHECK(scene.InWork() == "w-3 w-4");
}

TEST_CASE("a node that is deleted under a Job, or after its verification, is forgotten",
          "[planner]") {
  Scene scene(UpgradeBuilder().ByJob());
  scene.Add(ControlPlaneNode("master").At(kNew)).Add(Worker("w-1")).Add(Worker("w-2"));
  InstantCluster cluster(scene);
  cluster.RunTo("w-1", "Upgrading");
  cluster.Run();
  Delete(scene, "w-1");
  CHECK(scene.status().deleted_nodes.empty());
  CHECK(scene.InWork() == "w-2");
}

TEST_CASE("a deletion of the object waits for nobody's replacement", "[planner]") {
  Scene scene = Announced();
  Delete(scene, "w-1");
  REQUIRE(scene.status().deleted_nodes.size() == 1);
  scene.upgrade().meta.deleted = scene.now.wall;
  InstantCluster(scene).Run();
  CHECK(scene.status().deleted_nodes.empty());
  CHECK(scene.upgrade().meta.finalizers.empty());
}

TEST_CASE(
    "the only control-plane machine is replaced: its API server is not taken for a managed one",
    "[planner]") {
  Scene scene(OnePool({1, false}));
  scene.Add(Created(ControlPlaneNode("master"), -1000)).Add(Created(Worker("w-1"), -1000));
  InstantCluster cluster(scene);
  cluster.RunTo("master", "Upgrading");
  cluster.Run();
  scene.server_version = kOld;
  Delete(scene, "master");
  CHECK(scene.Conditions() == "F T F WaitingForReplacement");

  scene.Add(Created(ControlPlaneNode("master").Uid("new").At(kNew), 60));
  scene.Settle();
  CHECK(scene.InWork() == "w-1");
}
