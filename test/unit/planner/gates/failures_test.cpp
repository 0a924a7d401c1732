#include "planner/gates/failures.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/snapshot.hpp"
#include "unit/planner/workers.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("too many failed workers stop everything new", "[planner]") {
  Scene scene = Workers(4);
  AddFailure(scene, "worker-1");
  scene.Settle();
  CHECK(scene.InWork().empty());
  CHECK(scene.Conditions() == "F F T TooManyFailed");
  CHECK(scene.MessageOf("Stalled").find(
            "1 node failed (maxFailedNodes is 0): worker-1 (JobFailed)") == 0);

  SECTION("fewer than are tolerated do not") {
    scene.spec().failure_policy.max_failed_nodes = 1;
    scene.Settle();
    CHECK(scene.InWork() == "worker-2");
    CHECK(scene.status().nodes.failed == 1);
  }
  SECTION("nor do those that were given fresh attempts") {
    scene.status().failures[0].retried = true;
    scene.Settle();
    CHECK(scene.InWork() == "worker-1");
    CHECK(scene.status().nodes.failed == 0);
  }
  SECTION("nor those that are to be left alone") {
    scene.node("worker-1").meta.labels[std::string(api::kExclude)] = "true";
    scene.Settle();
    CHECK(scene.InWork() == "worker-2");
  }
  SECTION("a failed control-plane node always does") {
    scene.spec().failure_policy.max_failed_nodes = 50;
    scene.Add(ControlPlaneNode("master-2"));
    AddFailure(scene, "master-2");
    scene.Settle();
    CHECK(scene.InWork().empty());
    CHECK(scene.Conditions() == "F F T ControlPlaneNodeFailed");
  }
}

TEST_CASE("three of many failed nodes are named, those that are gone are not counted",
          "[planner]") {
  Scene scene = Workers(6);
  for (int i = 1; i <= 4; ++i) {
    AddFailure(scene, "worker-" + std::to_string(i));
  }
  AddFailure(scene, "gone");
  scene.spec().failure_policy.max_failed_nodes = 3;
  const Asking asking(AskFailures, scene);
  CHECK(asking.reason() == "TooManyFailed");
  CHECK(asking.result().hold->kind == Hold::Kind::kNeedsPerson);
  CHECK(
      asking.message().starts_with("4 nodes failed (maxFailedNodes is 3): worker-1 (JobFailed), "
                                   "worker-2 (JobFailed), worker-3 (JobFailed) "
                                   "and 1 more; repair them"));
  scene.spec().failure_policy.max_failed_nodes = 4;
  CHECK(Asking(AskFailures, scene).reason().empty());
}

TEST_CASE("a failed control-plane node is named with its reason, before any worker", "[planner]") {
  Scene scene = Workers(2);
  AddFailure(scene, "worker-1");
  AddFailure(scene, "master");
  scene.status().failures[1].message = "Job x failed";
  const Asking asking(AskFailures, scene);
  CHECK(asking.reason() == "ControlPlaneNodeFailed");
  CHECK(asking.message().starts_with(
      "control-plane node master failed (JobFailed: Job x failed); repair it"));
  scene.status().failures[1].retried = true;
  CHECK(Asking(AskFailures, scene).reason() == "TooManyFailed");
}
