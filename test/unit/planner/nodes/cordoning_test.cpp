#include "planner/nodes/cordoning.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/job_scene.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("the cordon waits for the finalizer, and both for the durable intent", "[planner]") {
  Scene scene = OneWorker();
  scene.Settle();
  CHECK(scene.StepOf("w") == "Cordoning");
  CHECK(scene.Actions() == Lines{"AddFinalizer"});
  scene.upgrade().meta.finalizers = {std::string(api::kFinalizer)};
  CHECK(scene.Actions() == Lines{"Cordon w"});
}

TEST_CASE("a node in Cordoning goes on once the cordon and the other marks are seen", "[planner]") {
  Scene scene = OneWorker();
  scene.Add("w", PodBuilder("web")).Add("w", PodBuilder("net").OwnedBy("DaemonSet", "net"));
  InstantCluster cluster(scene);
  cluster.Apply(scene.Settle().actions);
  cluster.Apply(scene.Settle().actions);
  CHECK(scene.Actions() == Lines{"SetHints w"});
  CHECK(scene.StepOf("w") == "Cordoning");
  cluster.Apply(scene.Settle().actions);
  CHECK(scene.Actions() == Lines{"Evict team-a/web"});
  CHECK(scene.StepOf("w") == "Draining");
  CHECK(scene.Entry("w")->daemon_sets == Lines{"team-a/net"});
  CHECK(scene.Entry("w")->total == 1);
  CHECK(scene.Entry("w")->cordon_time == scene.now.wall);
}

TEST_CASE("a user's value of a node hint is kept and stops nothing", "[planner]") {
  Scene scene = OneWorker();
  scene.Add("w", PodBuilder("web"));
  InstantCluster cluster(scene);
  cluster.Apply(scene.Settle().actions);
  cluster.Apply(scene.Settle().actions);
  const Action mark = scene.Settle().actions.at(0);
  for (const Outcome unsettled : {Outcome::kUnknown, Outcome::kOverload}) {
    scene.Answer(mark, unsettled);
    scene.Settle();
    CHECK(scene.StepOf("w") == "Cordoning");
  }
  scene.Answer(mark, Outcome::kConflict);
  SECTION("seen by now: the others are set without it") {
    scene.node("w").meta.labels[std::string(api::kExcludeFromLoadBalancers)] = "true";
    const auto again = std::get<SetNodeHints>(scene.Settle().actions.at(0));
    CHECK_FALSE(again.exclude_from_load_balancers);
    CHECK(again.disable_scale_down);
    CHECK(again.do_not_disrupt);
    cluster.Apply(again);
    CHECK(scene.node("w").meta.labels.at(std::string(api::kExcludeFromLoadBalancers)) == "true");
  }
  SECTION("never seen: it is not waited for without end") {
    scene.Settle();
    CHECK(scene.StepOf("w") == "Cordoning");
    scene.results[KeyOf(mark)].attempts = 3;
  }
  scene.Settle();
  CHECK(scene.StepOf("w") == "Draining");
}

TEST_CASE("a refused cordon is shown", "[planner]") {
  Scene scene = OneWorker();
  scene.upgrade().meta.finalizers = {std::string(api::kFinalizer)};
  const Action cordon = scene.Settle().actions.at(0);
  scene.Answer(cordon, Outcome::kForbidden, "webhook says no");
  scene.Settle();
  CHECK(scene.Entry("w")->message == "the API server rejected the cordon: webhook says no");
}

TEST_CASE("a refused finalizer is shown: nothing is cordoned without it", "[planner]") {
  Scene scene = OneWorker();
  const Action hold = scene.Settle().actions.at(0);
  REQUIRE(Describe(hold) == "AddFinalizer");
  scene.Answer(hold, Outcome::kForbidden, "webhook says no");
  scene.Settle();
  CHECK(scene.Entry("w")->message.find("webhook says no") != std::string::npos);
}

TEST_CASE("a pause stops a node that is not cordoned yet", "[planner]") {
  Scene scene = OneWorker();
  scene.upgrade().meta.finalizers = {std::string(api::kFinalizer)};
  scene.Settle();
  scene.spec().paused = true;
  CHECK(scene.Actions().empty());
  CHECK(scene.Entry("w")->message == "paused");
}

TEST_CASE("a cordon that stays refused is given back, and a person is needed", "[planner]") {
  Scene scene = OneWorker();
  scene.upgrade().meta.finalizers = {std::string(api::kFinalizer)};
  REQUIRE(scene.Actions() == Lines{"Cordon w"});
  Action refused = CordonNode{"w", "w-uid", MarkOf(scene.upgrade().meta), ""};
  std::string words = "the API server rejected the cordon: denied by policy";
  int patience = 90;
  Outcome outcome = Outcome::kForbidden;
  SECTION("by a policy") {}
  SECTION("by another field manager") {
    outcome = Outcome::kConflict;
  }
  SECTION("by a webhook that cannot be called") {
    outcome = Outcome::kUnknown;
    patience = 600;
  }
  SECTION("and already the finalizer without which nothing is cordoned") {
    scene.upgrade().meta.finalizers.clear();
    refused = SetFinalizer{scene.upgrade().meta.name, scene.upgrade().meta.uid, {}};
    words =
        "cannot add the finalizer clusterupgrade.io/release to the ClusterUpgrade: denied by "
        "policy";
  }
  scene.Answer(refused, outcome, "denied by policy");
  scene.Settle();
  CHECK(scene.Entry("w")->message == words);
  scene.Pass(patience - 1);
  scene.Settle();
  CHECK(scene.StepOf("w") == "Cordoning");
  scene.Pass(1);
  scene.Settle();
  CHECK(scene.ReasonOfFailure() == "CordonRefused");
  CHECK(scene.status().failures.front().message == words);
  CHECK(scene.InWork().empty());
  CHECK(scene.Conditions() == "F F T NodesFailed");
}
