#include "planner/nodes/upgrading.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/job_scene.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("a node that a person brings past the version before its Job is given back",
          "[planner]") {
  const auto executor = GENERATE(api::ExecutorType::kJob, api::ExecutorType::kExternal);
  Scene scene(UpgradeBuilder().ByJob().With(
      [&](api::ClusterUpgrade& upgrade) { upgrade.spec.executor.type = executor; }));
  scene.server_version = kNew;
  scene.Add(Worker("w"));
  InstantCluster cluster(scene);
  cluster.RunTo("w", "Upgrading");
  scene.node("w").kubelet_version = "v1.36.4";
  cluster.Run();
  scene.Pass(30);
  cluster.Run();
  CHECK(scene.jobs.empty());
  CHECK(scene.status().failures.empty());
  CHECK_FALSE(scene.node("w").unschedulable);
  CHECK(scene.Conditions() == "T F F Upgraded");
  CHECK(scene.status().nodes.skipped == 1);
}
