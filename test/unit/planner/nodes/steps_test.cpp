#include "planner/nodes/steps.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/job_scene.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("drain.when Never goes from the cordon straight to the upgrade", "[planner]") {
  Scene scene = OneWorker(UpgradeBuilder().With(
      [](api::ClusterUpgrade& upgrade) { upgrade.spec.drain.when = api::DrainWhen::kNever; }));
  scene.Add("w", PodBuilder("web"));
  InstantCluster(scene).RunTo("w", "Upgrading");
  CHECK(scene.pods["w"].size() == 1);
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
