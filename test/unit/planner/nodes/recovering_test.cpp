#include "planner/nodes/recovering.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/planner/recovery_scene.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

/// TwoReplicas, drained: web-0 is gone.
Scene Drained() {
  Scene scene = TwoReplicas(2);
  InstantCluster(scene).RunTo("worker-1", "Upgrading");
  return scene;
}

}  // namespace

TEST_CASE("a workload is in the status before the first of its pods is evicted", "[planner]") {
  Scene scene = TwoReplicas(2);
  InstantCluster cluster(scene);
  cluster.RunTo("worker-1", "Cordoning");
  std::vector<std::string> steps;
  scene.on_adopt = [&](const api::ClusterUpgradeStatus& before) {
    const auto& now = scene.status();
    if (now.recovering.size() > before.recovering.size()) {
      steps.push_back(scene.StepOf("worker-1"));
      CHECK(scene.pods["worker-1"].size() == 1);
    }
  };
  cluster.RunTo("worker-1", "Upgrading");
  CHECK(steps == std::vector<std::string>{"Draining"});
  REQUIRE(scene.status().recovering.size() == 1);
  const api::RecoveringWorkload& web = scene.status().recovering[0];
  CHECK(web.workload == kWeb);
  CHECK(web.ready == 2);
  CHECK(web.nodes == std::vector<std::string>{"worker-1"});
  CHECK(web.since == scene.now.wall);
  CHECK_FALSE(web.timed_out);
}

TEST_CASE("a workload that is whole again leaves the status", "[planner]") {
  Scene scene = Drained();
  api::Pod again = Replica("web", 0, "worker-2", 2);
  again.ready = false;
  scene.Add("worker-2", again);
  scene.Settle();
  CHECK(scene.status().recovering.size() == 1);
  again.ready = true;
  scene.Add("worker-2", again);
  scene.Settle();
  CHECK(scene.status().recovering.empty());
  CHECK(scene.WarningLines().empty());
}

TEST_CASE("a workload without a Ready pod has nothing to come back to", "[planner]") {
  Scene scene = Workers(2, WaitingForWorkloads());
  api::Pod broken = Replica("web", 0, "worker-1");
  broken.ready = false;
  scene.Add("worker-1", broken);
  InstantCluster(scene).RunTo("worker-1", "Upgrading");
  CHECK(scene.pods["worker-1"].empty());
  CHECK(scene.status().recovering.empty());
}

TEST_CASE("a workload that cannot come back is waited for no longer than the bound", "[planner]") {
  Scene scene = Drained();
  scene.Add("", Replica("web", 0, "", 2));
  scene.pods[""].at("team-a/web-0").ready = false;
  scene.Pass(599);
  scene.Settle();
  CHECK_FALSE(scene.status().recovering.at(0).timed_out);
  scene.Pass(1);
  scene.Settle();
  CHECK(scene.status().recovering.at(0).timed_out);
  REQUIRE(scene.WarningLines().size() == 1);
  CHECK(scene.WarningLines()[0].find("StatefulSet team-a/web") != std::string::npos);

  SECTION("it leaves the list when it is whole") {
    scene.pods[""].clear();
    scene.Add("worker-2", Replica("web", 0, "worker-2", 2));
    scene.Settle();
    CHECK(scene.status().recovering.empty());
  }
  SECTION("its next drain does not wait for it") {
    Upgrade(scene, "worker-1");
    InstantCluster(scene).RunTo("worker-2", "Upgrading");
    CHECK(scene.status().recovering.at(0).timed_out);
    SECTION("and it is forgotten with the last node") {
      Upgrade(scene, "worker-2");
      CHECK(scene.status().recovering.empty());
    }
  }
}

TEST_CASE("a workload of which no pod is on its way is waited for again at its next drain",
          "[planner]") {
  // Scaled down while nobody led: the pod that went then was not seen to go.
  Scene scene = Drained();
  scene.Pass(590);
  scene.Settle();
  scene.Pass(10);
  scene.Settle();
  CHECK(scene.WarningLines().size() == 1);
  CHECK(scene.status().recovering.empty());
  Upgrade(scene, "worker-1");
  InstantCluster(scene).RunTo("worker-2", "Upgrading");
  REQUIRE(scene.status().recovering.size() == 1);
  CHECK_FALSE(scene.status().recovering.at(0).timed_out);
  CHECK(scene.status().recovering.at(0).ready == 1);
}

TEST_CASE("a deletion and recoveryTimeoutSeconds: 0 end every wait", "[planner]") {
  Scene scene = Drained();
  SECTION("deletion") {
    scene.upgrade().meta.deleted = scene.now.wall;
  }
  SECTION("0") {
    scene.spec().drain.recovery_timeout_seconds = 0;
    scene.Edit();
  }
  scene.Settle();
  CHECK(scene.status().recovering.empty());
}

TEST_CASE("a workload that asks for fewer pods is whole with those", "[planner]") {
  Scene scene = Drained();
  scene.Add("", Replica("web", 0, "", 2));
  scene.pods[""].at("team-a/web-0").ready = false;
  scene.Settle();
  REQUIRE(scene.status().recovering.size() == 1);
  scene.Add("worker-3", Replica("web", 2, "worker-3", 2));
  scene.pods[""].clear();  // scaled down: nobody brings it back
  scene.pods["worker-3"].clear();
  scene.Add("worker-4", Replica("web", 3, "worker-4", 2));
  scene.status().recovering[0].ready = 4;
  scene.Settle();
  CHECK(scene.status().recovering.size() == 1);
  scene.Pass(10);
  scene.Settle();
  CHECK(scene.status().recovering.empty());
}

TEST_CASE("of a workload that seems to be scaled down the last Ready pods are waited for",
          "[planner]") {
  Scene scene = Drained();
  scene.Add("", Replica("web", 0, "", 2));
  scene.pods[""].at("team-a/web-0").ready = false;
  scene.Settle();
  scene.pods[""].clear();
  scene.Settle();
  scene.Pass(10);
  scene.Settle();
  REQUIRE(scene.status().recovering.size() == 1);
  CHECK(scene.status().recovering[0].fewer);
  scene.Pass(590);
  scene.Settle();
  CHECK(scene.status().recovering.empty());
  REQUIRE(scene.WarningLines().size() == 1);
  CHECK(scene.WarningLines()[0].find("(1 of 2) after 600 s") != std::string::npos);
}

TEST_CASE("a pod that ended elsewhere is no sign of fewer pods", "[planner]") {
  Scene scene = Drained();
  scene.Add("worker-3", Replica("web", 2, "worker-3", 2));
  scene.status().recovering[0].ready = 3;
  scene.Settle();
  scene.pods["worker-3"].at("team-a/web-2").phase = api::PodPhase::kFailed;
  scene.pods["worker-3"].at("team-a/web-2").ready = false;
  scene.Settle();
  scene.Pass(60);
  scene.Settle();
  REQUIRE(scene.status().recovering.size() == 1);
  CHECK_FALSE(scene.status().recovering[0].fewer);
}

TEST_CASE("a workload that was deleted is waited for no longer", "[planner]") {
  Scene scene = Drained();
  scene.Settle();
  scene.pods["worker-2"].clear();
  scene.Settle();
  scene.Pass(10);
  scene.Settle();
  CHECK(scene.status().recovering.empty());
}

TEST_CASE("a replacement that was not made yet is no sign of fewer pods", "[planner]") {
  Scene scene = Drained();
  scene.Settle();
  scene.Pass(60);
  scene.Settle();
  CHECK(scene.status().recovering.size() == 1);
}

TEST_CASE("pods that are exchanged for others in a rollout are missed until they are Ready",
          "[planner]") {
  Scene scene = Drained();
  scene.Settle();
  scene.pods["worker-2"].clear();
  scene.Add("worker-2", Replica("web", 1, "worker-2", 2));
  scene.pods["worker-2"].at("team-a/web-1").ready = false;
  scene.Settle();
  scene.Pass(30);
  scene.Settle();
  CHECK(scene.status().recovering.size() == 1);
}

TEST_CASE("a workload on two drained nodes is missed on both accounts", "[planner]") {
  Scene scene = TwoReplicas(3, 2);
  scene.Add("worker-3", Replica("web", 2, "worker-3"));
  InstantCluster cluster(scene);
  cluster.RunTo("worker-1", "Upgrading");
  cluster.RunTo("worker-2", "Upgrading");
  REQUIRE(scene.status().recovering.size() == 1);
  CHECK(scene.status().recovering[0].ready == 3);
  CHECK(scene.status().recovering[0].nodes == std::vector<std::string>{"worker-1", "worker-2"});
}
