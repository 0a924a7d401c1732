#include "planner/nodes/release.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/job_scene.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("a user's cordon is kept: the node is upgraded and stays cordoned", "[planner]") {
  Scene scene = OneWorker();
  scene.Add(Worker("w").Cordoned());
  InstantCluster cluster(scene);
  cluster.cordoned_by_users.insert("w");
  cluster.Run();
  CHECK(scene.StepOf("w") == "Upgrading");
  scene.node("w").kubelet_version = kNew;
  cluster.Run();
  scene.Pass(10);
  cluster.Run();
  CHECK(scene.InWork().empty());
  CHECK(scene.node("w").unschedulable);
  CHECK_FALSE(scene.node("w").meta.annotations.contains(api::kCordonedBy));
  CHECK(scene.Conditions() == "T F F Upgraded");
}

TEST_CASE("a wish to keep the cordon, spoken later, is kept too", "[planner]") {
  Scene scene = Draining();
  scene.node("w").meta.annotations[std::string(api::kKeepCordoned)] = "true";
  InstantCluster cluster(scene);
  cluster.Run();
  scene.node("w").kubelet_version = kNew;
  cluster.Run();
  scene.Pass(10);
  cluster.Run();
  CHECK(scene.InWork().empty());
  CHECK(scene.node("w").unschedulable);
  CHECK_FALSE(scene.node("w").meta.annotations.contains(api::kCordonedBy));
  CHECK(scene.Conditions() == "T F F Upgraded");
}

TEST_CASE("the release takes the node hints first, and a conflict waits", "[planner]") {
  Scene scene = Draining();
  scene.upgrade().meta.deleted = scene.now.wall;
  CHECK(scene.Actions() == Lines{"ClearHints w"});
  const Action unmark = scene.Settle().actions.at(0);
  InstantCluster cluster(scene);
  cluster.Apply(unmark);
  CHECK(scene.Actions() == Lines{"Release w"});
  const auto release = std::get<ReleaseNode>(scene.Settle().actions.at(0));
  CHECK(release.uid == "w-uid");
  CHECK(release.resource_version == "1");
  cluster.Apply(scene.Settle().actions);
  CHECK(scene.Actions() == Lines{"RemoveFinalizer"});
}

TEST_CASE("a node hint that a user set stays without holding up the release", "[planner]") {
  Scene scene = Draining();
  scene.upgrade().meta.deleted = scene.now.wall;
  const Action unmark = scene.Settle().actions.at(0);
  scene.Answer(unmark, Outcome::kAccepted);
  CHECK(scene.Actions() == Lines{"ClearHints w", "Release w"});
}

TEST_CASE("each hint is told, whoever set it", "[planner]") {
  CHECK_FALSE(ShowsHints(Worker("w").CordonedByUs()));
  CHECK(ShowsHints(Worker("w").Label(api::kExcludeFromLoadBalancers, "a user's")));
  CHECK(ShowsHints(Worker("w").Annotation(api::kScaleDownDisabled, "true")));
  CHECK(ShowsHints(Worker("w").Annotation(api::kDoNotDisrupt, "false")));
}

TEST_CASE("the cordon goes once the hints are gone, or the server had its last word on them",
          "[planner]") {
  const api::Node node = Worker("w").CordonedByUs().Annotation(api::kDoNotDisrupt, "true");
  const Action clear = SetNodeHints{"w", "w-uid"};
  const auto release = [&](Outcome outcome, int attempts) {
    ActionResults results;
    results[KeyOf(clear)].outcome = outcome;
    results[KeyOf(clear)].attempts = attempts;
    return Describe(ReleaseOf(node, results));
  };
  const Lines waits{"ClearHints w"};
  const Lines goes_on{"ClearHints w", "Release w"};
  CHECK(Describe(ReleaseOf(node, {})) == waits);
  for (const Outcome open : {Outcome::kUnknown, Outcome::kOverload, Outcome::kConflict}) {
    CHECK(release(open, 9) == waits);
  }
  CHECK(release(Outcome::kForbidden, 2) == waits);
  CHECK(release(Outcome::kForbidden, 3) == goes_on);
  CHECK(release(Outcome::kAccepted, 1) == goes_on);
  CHECK(release(Outcome::kInvalid, 1) == goes_on);
}

TEST_CASE("where a person keeps the cordon, our word alone goes", "[planner]") {
  const auto release = [](const std::string& value) {
    return ReleaseOf(Worker("w").CordonedByUs().Annotation(api::kKeepCordoned, value), {});
  };
  CHECK(Describe(release("true")) == Lines{"KeepCordon w"});
  CHECK(std::get<CordonNode>(release("true").at(0)).cordoned_by.empty());
  CHECK(Describe(release("no")) == Lines{"Release w"});
}
