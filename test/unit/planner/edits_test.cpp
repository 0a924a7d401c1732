#include "planner/edits.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/job_scene.hpp"
#include "unit/planner/workers.hpp"

using namespace cu;
using namespace cu::planner;

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

TEST_CASE("an edit while the last attempt is at work grants as many again", "[planner]") {
  Scene scene = JobAtWork(UpgradeBuilder().ByJob().With(
      [](api::ClusterUpgrade& upgrade) { upgrade.spec.failure_policy.max_attempts = 1; }));
  scene.Edit();
  scene.Settle();
  FailJob(scene);
  scene.Settle();
  CHECK(scene.StepOf("w") == "Upgrading");
  CHECK(scene.Entry("w")->retry_time == After(30));
}

TEST_CASE("a retry that is pruned is no new one", "[planner]") {
  Scene scene = OneWorkerBehind();
  auto& annotations = scene.upgrade().meta.annotations;
  const std::string retry(api::kRetry);
  annotations[retry] = "1";
  scene.Settle();
  CHECK(scene.status().last_handled_retry == "1");
  scene.status().in_progress.clear();
  scene.status().failures.push_back({"w",
                                     "w-uid",
                                     api::NodeStep::kUpgrading,
                                     kNew,
                                     2,
                                     api::FailureReason::kJobFailed,
                                     "",
                                     kStart,
                                     true,
                                     false});
  annotations.erase(retry);
  scene.Settle();
  CHECK(scene.status().last_handled_retry == "1");
  CHECK(scene.Conditions() == "F F T NodesFailed");
  annotations[retry] = "1";
  scene.Settle();
  CHECK(scene.Conditions() == "F F T NodesFailed");
  annotations[retry] = "2";
  scene.Settle();
  CHECK(scene.status().last_handled_retry == "2");
  CHECK(scene.InWork() == "w");
}

TEST_CASE("the longest outage of the API is kept", "[planner]") {
  Scene scene = OneWorkerBehind();
  World world = scene.MakeWorld();
  world.api_gap_seconds = 12;
  scene.status().control_plane_gap_seconds = 7;
  CHECK(MakePlan(world, {}).status.control_plane_gap_seconds == 12);
  world.api_gap_seconds = 3;
  CHECK(MakePlan(world, {}).status.control_plane_gap_seconds == 7);
}
