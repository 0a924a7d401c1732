#include "planner/gates/pool_use.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/snapshot.hpp"
#include "unit/planner/workers.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

int Started(const UpgradeBuilder& upgrade, int workers) {
  Scene scene = Workers(workers, upgrade);
  scene.Settle();
  return static_cast<int>(scene.status().in_progress.size());
}

}  // namespace

TEST_CASE("maxUnavailable is a number, or a share of the pool rounded down, at least 1",
          "[planner]") {
  CHECK(Started(UpgradeBuilder(), 5) == 1);
  CHECK(Started(OnePool({3, false}), 5) == 3);
  CHECK(Started(OnePool({9, false}), 5) == 5);
  CHECK(Started(OnePool({10, true}), 5) == 1);
  CHECK(Started(OnePool({50, true}), 5) == 2);
  CHECK(Started(OnePool({60, true}), 5) == 3);
  CHECK(Started(OnePool({100, true}), 5) == 5);
  CHECK(Started(OnePool({100, true}), 60) == 50);
}

TEST_CASE("the share counts nodes in scope only", "[planner]") {
  Scene scene = Workers(5, OnePool({40, true}));
  scene.Settle();
  CHECK(scene.InWork() == "worker-1 worker-2");

  Scene fewer = Workers(5, OnePool({40, true}));
  fewer.node("worker-1").meta.labels[std::string(api::kExclude)] = "true";
  fewer.Settle();
  CHECK(fewer.InWork() == "worker-2");
}

TEST_CASE("nodes that are not Ready by themselves use up the budget, unless ignored", "[planner]") {
  Scene scene = Workers(3, OnePool({2, false}));
  scene.Add(Worker("worker-1").NotReady()).Add(Worker("worker-2").At(kNew).NotReady());
  scene.Settle();
  CHECK(scene.InWork().empty());
  CHECK(scene.Conditions() == "F T F WaitingForNodes");
  CHECK(scene.MessageOf("Ready") == "waiting for nodes that are not Ready: worker-1, worker-2");

  SECTION("one comes back") {
    scene.node("worker-2").ready = true;
    scene.Settle();
    CHECK(scene.InWork() == "worker-3");
  }
  SECTION("ignored: the others go on, they themselves are not started") {
    scene.spec().pools[0].unhealthy_nodes = api::UnhealthyNodes::kIgnore;
    scene.Settle();
    CHECK(scene.InWork() == "worker-3");
  }
  SECTION("after 15 minutes a person is needed") {
    scene.Pass(15 * 60 - 1);
    scene.Settle();
    CHECK(scene.Conditions() == "F T F WaitingForNodes");
    CHECK(scene.Look().wake_at == scene.now.steady + std::chrono::seconds(1));
    scene.Pass(1);
    scene.Settle();
    CHECK(scene.Conditions() == "F F T NodesUnhealthy");
    CHECK_FALSE(scene.Look().wake_at);
    scene.node("worker-1").ready = true;
    scene.Settle();
    CHECK(scene.Conditions() == "F T F UpgradingNodes");
  }
}

TEST_CASE("a user's cordon uses up nothing", "[planner]") {
  Scene scene = Workers(2);
  scene.Add(Worker("worker-1").Cordoned());
  scene.Settle();
  CHECK(scene.InWork() == "worker-1");
}

TEST_CASE("a control-plane node that is down is missed, though it is left alone", "[planner]") {
  Scene scene;
  scene.Add(ControlPlaneNode("m-1")).Add(ControlPlaneNode("m-2")).Add(Worker("w"));
  std::string why;
  SECTION("by label") {
    scene.Add(ControlPlaneNode("m-3").At(kNew).NotReady().Label(api::kExclude, "true"));
    why = "label clusterupgrade.io/exclude=true";
  }
  SECTION("though it has failed before") {
    scene.Add(ControlPlaneNode("m-3").At(kNew).NotReady().Label(api::kExclude, "true"));
    AddFailure(scene, "m-3");
    why = "label clusterupgrade.io/exclude=true";
  }
  SECTION("on its way out") {
    scene.Add(ControlPlaneNode("m-3").At(kNew).NotReady().BeingDeleted());
    why = "being deleted";
  }
  scene.Settle();
  CHECK(scene.InWork().empty());
  CHECK(scene.Conditions() == "F T F WaitingForNodes");
  CHECK(scene.MessageOf("Ready") == "waiting for nodes that are not Ready: m-3 (" + why + ")");
  scene.nodes.erase("m-3");
  scene.Settle();
  CHECK(scene.InWork() == "m-1");
}

TEST_CASE("a worker that is left alone is not missed", "[planner]") {
  Scene scene = Workers(2);
  scene.Add(Worker("worker-1").NotReady().Label(api::kExclude, "true"));
  scene.Settle();
  CHECK(scene.InWork() == "worker-2");
}

TEST_CASE("every way to use up a pool's budget is counted once", "[planner]") {
  Scene scene = Workers(8, OnePool({50, true}));
  scene.status().in_progress = {EntryFor("worker-1", api::NodeStep::kDraining)};
  scene.Add(Worker("worker-2").NotReady());
  scene.Add(Worker("worker-3").At(kNew).CordonedByUs());
  scene.Add(Worker("worker-4").NotReady());
  AddFailure(scene, "worker-4");
  scene.Add(Worker("worker-5").NotReady().Label(api::kExclude, "true"));
  scene.Add(Worker("worker-6").At(kNew));
  const auto use = [&] {
    const Snapshot seen(scene);
    return UseOf(seen.planning(), "all");
  };
  CHECK(use().budget == 3);  // of seven
  CHECK(use().unavailable == 3);
  CHECK(use().unhealthy == Lines{"worker-2"});
  CHECK(use().with_job == Lines{"worker-3"});

  SECTION("a node in work that is not Ready counts as one") {
    scene.node("worker-1").ready = false;
    CHECK(use().unavailable == 3);
    CHECK(use().unhealthy == Lines{"worker-2"});
  }
  SECTION("nodes that are not Ready may be ignored, and are named all the same") {
    scene.spec().pools[0].unhealthy_nodes = api::UnhealthyNodes::kIgnore;
    CHECK(use().unavailable == 2);
    CHECK(use().unhealthy == Lines{"worker-2"});
  }
  SECTION("of other pools nothing counts") {
    const Snapshot seen(scene);
    CHECK(UseOf(seen.planning(), kControlPlanePool).unavailable == 0);
  }
}

TEST_CASE("the control plane's budget is one node, whatever the pools say", "[planner]") {
  Scene scene(OnePool({100, true}));
  for (const char* name : {"m-1", "m-2", "m-3"}) {
    scene.Add(ControlPlaneNode(name));
  }
  const Snapshot seen(scene);
  CHECK(UseOf(seen.planning(), kControlPlanePool).budget == 1);
}
