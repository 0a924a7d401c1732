#include "planner/edits.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/job_scene.hpp"
#include "unit/planner/workers.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

/// A node in each list of the status.
Scene WithNodes() {
  Scene scene;
  scene.Add(ControlPlaneNode("m").At(kNew)).Add(Worker("w")).Add(Worker("f")).Add(Worker("p"));
  scene.status().spec_hash = scene.spec().fingerprint;
  scene.status().in_progress = {EntryFor("w", api::NodeStep::kDraining)};
  scene.status().in_progress[0].attempt = 2;
  scene.status().failures = {FailureOf("f")};
  scene.status().postponed = {PostponedFor("p", api::PostponeReason::kDrainTimeout)};
  return scene;
}

api::ClusterUpgradeStatus Edited(const Scene& scene, Memory memory = {}) {
  return EditedStatus(scene.MakeWorld(), memory);
}

}  // namespace

TEST_CASE("a node replaced under the same name is judged afresh", "[planner]") {
  Scene scene = Draining();
  scene.Add(Worker("w").Uid("another").Created(kStart + std::chrono::hours(1)));
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
                                     api::Stage::kNode,
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
  world.api_outages.longest_seconds = 12;
  scene.status().control_plane_gap_seconds = 7;
  CHECK(MakePlan(world, {}).status.control_plane_gap_seconds == 12);
  world.api_outages.longest_seconds = 3;
  CHECK(MakePlan(world, {}).status.control_plane_gap_seconds == 7);
}

TEST_CASE("a status without edits stays, but for the generation", "[planner]") {
  Scene scene = WithNodes();
  scene.upgrade().meta.generation = 7;
  api::ClusterUpgradeStatus expected = scene.status();
  expected.observed_generation = 7;
  CHECK(Edited(scene) == expected);
}

TEST_CASE("an edit of the spec grants fresh attempts and forgets what was said", "[planner]") {
  Scene scene = WithNodes();
  scene.status().warnings = {{}};
  scene.status().warnings_total = 1;
  scene.Edit();
  Memory memory;
  memory.reported = {1};
  memory.gates.refused_nodes = {{"w", "why"}};
  const api::ClusterUpgradeStatus status = EditedStatus(scene.MakeWorld(), memory);
  CHECK(status.failures.at(0).retried);
  CHECK(status.in_progress.at(0).attempt_limit == 4);
  CHECK(status.postponed.empty());
  CHECK(status.warnings.empty());
  CHECK(status.warnings_total == 0);
  CHECK(memory.reported.empty());
  CHECK(memory.gates.refused_nodes.empty());
  CHECK(status.spec_hash == scene.spec().fingerprint);
}

TEST_CASE("the first look at an object is no edit", "[planner]") {
  Scene scene = WithNodes();
  scene.status().spec_hash.clear();
  CHECK_FALSE(Edited(scene).failures.at(0).retried);
  CHECK(Edited(scene).spec_hash == scene.spec().fingerprint);
}

TEST_CASE("only a retry that a person asks for brings an uncordoned node back", "[planner]") {
  Scene scene = WithNodes();
  scene.status().postponed[0].reason = api::PostponeReason::kUncordonedByUser;
  scene.status().warnings = {{}};
  SECTION("an edit does not") {
    scene.Edit();
    CHECK(Edited(scene).postponed.size() == 1);
  }
  SECTION("a retry does, and keeps what was said") {
    scene.AskForRetry("1");
    const api::ClusterUpgradeStatus status = Edited(scene);
    CHECK(status.postponed.empty());
    CHECK(status.failures.at(0).retried);
    CHECK(status.last_handled_retry == "1");
    CHECK(status.warnings.size() == 1);
  }
  SECTION("a node that is being given back for it keeps its place") {
    scene.status().postponed.push_back(PostponedFor("w", api::PostponeReason::kUncordonedByUser));
    scene.AskForRetry("1");
    REQUIRE(Edited(scene).postponed.size() == 1);
    CHECK(Edited(scene).postponed[0].name == "w");
  }
}

TEST_CASE("after a pause the clocks of drains and announcements start again", "[planner]") {
  Scene scene = WithNodes();
  scene.status().in_progress[0].drain_start = kStart;
  scene.status().in_progress.push_back(EntryFor("f", api::NodeStep::kUpgrading));
  scene.status().in_progress[1].announced = kStart;
  scene.spec().paused = true;
  scene.status() = Edited(scene);
  CHECK(scene.status().paused_time == kStart);
  scene.Pass(60);
  CHECK(Edited(scene).paused_time == kStart);
  SECTION("it ends") {
    scene.spec().paused = false;
  }
  SECTION("a deletion ends it") {
    scene.upgrade().meta.deleted = kStart;
  }
  const api::ClusterUpgradeStatus status = Edited(scene);
  CHECK_FALSE(status.paused_time);
  CHECK(status.in_progress[0].step_time == After(60));
  CHECK(status.in_progress[0].drain_start == After(60));
  CHECK(status.in_progress[1].announced == After(60));
  CHECK(status.in_progress[1].step_time == kStart);
}

TEST_CASE("a drain whose clock has not started does not start it after a pause", "[planner]") {
  Scene scene = WithNodes();
  scene.status().paused_time = kStart;
  CHECK_FALSE(Edited(scene).in_progress.at(0).drain_start);
}

TEST_CASE("nothing is said any more of nodes that are gone or replaced", "[planner]") {
  Scene scene = WithNodes();
  SECTION("gone") {
    scene.nodes.clear();
  }
  SECTION("replaced") {
    for (auto& [name, node] : scene.nodes) {
      node.meta.uid = "another";
    }
  }
  const api::ClusterUpgradeStatus status = Edited(scene);
  CHECK(status.in_progress.empty());
  CHECK(status.failures.empty());
  CHECK(status.postponed.empty());
}

TEST_CASE("a retry forgives workloads", "[planner]") {
  Scene scene = WithNodes();
  scene.status().token_refresh.emplace();
  scene.status().token_refresh->failures.resize(1);
  CHECK(Edited(scene).token_refresh->failures.size() == 1);
  scene.AskForRetry("1");
  CHECK(Edited(scene).token_refresh->failures.empty());
}
