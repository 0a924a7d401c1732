#include "planner/nodes/upgrading.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/job_scene.hpp"
#include "unit/planner/snapshot.hpp"

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

// What each verdict of an executor leads to; the executors' own tests say when it is given.
TEST_CASE("a verdict on an attempt decides what becomes of its node", "[planner]") {
  Scene scene = JobAtWork();
  const auto next = [&] {
    const Snapshot seen(scene);
    NodeWork work = seen.WorkOn("w");
    AdvanceUpgrading(work);
    return (work.leaves ? "leaves" : NameOf(work.entry.step)) +
           (work.entry.attempt == 1 ? "" : ", attempt " + std::to_string(work.entry.attempt)) +
           (work.entry.retry_time ? ", tries again" : "") + (work.failure ? ", failed" : "") +
           (work.postponed ? ", postponed" : "");
  };
  CHECK(next() == "Upgrading");
  SECTION("done") {
    JobOf(scene).complete = true;
    CHECK(next() == "Verifying");
  }
  SECTION("the attempt has failed") {
    FailJob(scene);
    CHECK(next() == "Upgrading, tries again");
    scene.Entry("w")->attempt_limit = 1;
    CHECK(next() == "leaves, failed");
  }
  SECTION("the next attempt") {
    FailJob(scene);
    scene.Entry("w")->retry_time = kStart;
    CHECK(next() == "Upgrading, attempt 2");
  }
  SECTION("the node has failed") {
    scene.Pass(1800);
    CHECK(next() == "leaves, failed");
  }
  SECTION("given back, or uncordoned by a person") {
    Scene early = Upgrading(UpgradeBuilder().ByJob());
    scene = early;
    scene.upgrade().meta.deleted = scene.now.wall;
    CHECK(next() == "Uncordoning");
    scene.node("w").unschedulable = false;
    CHECK(next() == "Uncordoning, postponed");
  }
}
