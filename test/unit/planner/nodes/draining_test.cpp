#include "planner/nodes/draining.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "base/time.hpp"
#include "planner/nodes/steps.hpp"
#include "planner/pods/obstacle.hpp"
#include "unit/planner/instant_cluster.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

/// Workers with no pods but those that a test adds.
Scene Workers(const Lines& names) {
  Scene scene;
  scene.server_version = kNew;
  for (const std::string& name : names) {
    scene.Add(Worker(name));
  }
  return scene;
}

api::Pod Web(const std::string& name = "web") {
  return PodBuilder(name).Label("app", "web");
}

/// One worker in Draining, whose pod a budget holds.
Scene Blocked(api::DrainTimeoutPolicy policy = api::DrainTimeoutPolicy::kFail) {
  Scene scene = Workers({"w"});
  scene.spec().drain.on_timeout = policy;
  scene.spec().drain.timeout_seconds = 100;
  scene.Add(BudgetFor("web", 0)).Add("w", Web());
  InstantCluster(scene).RunTo("w", "Draining");
  return scene;
}

api::Pod Batch(const std::string& name) {
  return PodBuilder(name).OwnedBy("Job", name).Label("kind", "batch");
}

/// One worker in Draining with an ordinary pod and a batch pod that is waited for.
Scene WithBatch() {
  Scene scene = Workers({"w"});
  scene.spec().drain.timeout_seconds = 100;
  scene.spec().drain.wait_for_pods =
      api::WaitForPods{api::AnySelector{{api::LabelSelector{{{"kind", "batch"}}, {}}}}, 50};
  scene.Add("w", PodBuilder("web")).Add("w", Batch("sums"));
  InstantCluster(scene).RunTo("w", "Draining");
  return scene;
}

}  // namespace

TEST_CASE("the drain's clock is part of the status and starts anew after a pause", "[planner]") {
  Scene scene = Blocked();
  CHECK(scene.Entry("w")->drain_start == After(0));
  scene.Pass(60);
  scene.Settle();
  CHECK(scene.BlockedBy("w").size() == 1);
  scene.spec().paused = true;
  scene.Settle();
  CHECK(scene.BlockedBy("w").empty());
  scene.Pass(500);
  scene.spec().paused = false;
  scene.Settle();
  CHECK(scene.Entry("w")->drain_start == After(560));
  scene.Pass(99);
  scene.Settle();
  CHECK(scene.StepOf("w") == "Draining");
  scene.Pass(1);
  scene.Settle();
  CHECK(scene.StepOf("w") == "Uncordoning");
}

TEST_CASE("a drain without a timeout looks again when a grace ends", "[planner]") {
  Scene scene = Workers({"w"});
  scene.spec().drain.timeout_seconds = 0;
  scene.Add("w", PodBuilder("web").Terminating(After(5), 5));
  InstantCluster(scene).RunTo("w", "Draining");
  const Plan plan = scene.Settle();
  REQUIRE(plan.wake_at);
  CHECK(*plan.wake_at == scene.now.steady + std::chrono::seconds(15));
}

TEST_CASE("nobody is evicted while a pod of waitForPods may still finish", "[planner]") {
  Scene scene = WithBatch();
  CHECK(scene.Actions().empty());
  CHECK_FALSE(scene.Entry("w")->drain_start);
  CHECK(scene.BlockedBy("w") == Lines{"Pod sums WaitingToFinish"});
  CHECK(scene.Entry("w")->message.find(base::FormatTime(After(50))) != std::string::npos);
  const Lines all = {"Evict team-a/sums", "Evict team-a/web"};

  SECTION("it finishes: the drain's clock starts, a later one is not waited for") {
    scene.Pass(20);
    scene.pods["w"]["team-a/sums"].phase = api::PodPhase::kSucceeded;
    CHECK(scene.Actions() == all);
    CHECK(scene.Entry("w")->drain_start == After(20));
    CHECK(scene.BlockedBy("w").empty());
    scene.Add("w", Batch("late"));
    CHECK(scene.Actions() == Lines{"Evict team-a/late", "Evict team-a/sums", "Evict team-a/web"});
  }
  SECTION("its time is over: it is evicted with the others") {
    scene.Pass(49);
    CHECK(scene.Actions().empty());
    scene.Pass(1);
    CHECK(scene.Actions() == all);
    CHECK(scene.Entry("w")->drain_start == After(50));
    scene.Pass(99);
    CHECK(scene.Actions() == all);
    scene.Pass(1);
    scene.Settle();
    CHECK(scene.StepOf("w") == "Uncordoning");
  }
  SECTION("a pause gives it its whole time again") {
    scene.Pass(40);
    scene.spec().paused = true;
    scene.Settle();
    scene.Pass(1000);
    scene.spec().paused = false;
    scene.Settle();
    scene.Pass(49);
    CHECK(scene.Actions().empty());
    scene.Pass(1);
    CHECK(scene.Actions() == all);
  }
  SECTION("the wish is withdrawn") {
    scene.spec().drain.wait_for_pods.reset();
    scene.Edit();
    CHECK(scene.Actions() == all);
  }
  SECTION("only such pods wait that would leave") {
    scene.spec().drain.skip_pods = api::AnySelector{{api::LabelSelector{{{"kind", "batch"}}, {}}}};
    CHECK(scene.Actions() == Lines{"Evict team-a/web"});
  }
}

TEST_CASE("onTimeout Skip gives the node back and comes back to it last, once", "[planner]") {
  Scene scene = Workers({"w-1", "w-2", "w-3"});
  scene.spec().drain.on_timeout = api::DrainTimeoutPolicy::kSkip;
  scene.spec().drain.timeout_seconds = 100;
  scene.Add(BudgetFor("web", 0)).Add("w-1", Web());
  InstantCluster cluster(scene);
  cluster.RunTo("w-1", "Draining");
  scene.Pass(100);
  scene.Settle();
  CHECK(scene.StepOf("w-1") == "Uncordoning");
  REQUIRE(scene.status().postponed.size() == 1);
  CHECK(scene.status().postponed[0].reason == api::PostponeReason::kDrainTimeout);
  const auto upgrade = [&](const std::string& node) {
    cluster.RunTo(node, "Upgrading");
    scene.node(node).kubelet_version = kNew;
    cluster.RunTo(node, "Verifying");
    scene.Settle();
    scene.Pass(10);
  };
  cluster.RunTo("w-2", "Cordoning");
  CHECK_FALSE(scene.node("w-1").unschedulable);
  CHECK(scene.status().nodes.postponed == 1);
  upgrade("w-2");
  cluster.RunTo("w-3", "Cordoning");
  CHECK(scene.StepOf("w-1") == "-");
  upgrade("w-3");
  cluster.RunTo("w-1", "Draining");
  CHECK(scene.status().nodes.postponed == 0);

  SECTION("it works out: nothing is left of the postponement") {
    scene.pods["w-1"].clear();
    upgrade("w-1");
    cluster.Run();
    CHECK(scene.status().postponed.empty());
    CHECK(scene.Conditions() == "T F F Upgraded");
  }
  SECTION("a second timeout is a failure") {
    scene.Pass(100);
    cluster.Run();
    CHECK(scene.status().postponed.empty());
    REQUIRE(scene.status().failures.size() == 1);
    CHECK(scene.status().failures[0].reason == api::FailureReason::kDrainTimeout);
    CHECK(scene.Conditions() == "F F T NodesFailed");
    CHECK_FALSE(scene.node("w-1").unschedulable);
  }
  SECTION("an edit or a retry grants another postponement") {
    scene.AskForRetry("once more");
    scene.Settle();
    CHECK(scene.status().postponed.empty());
    scene.Pass(100);
    scene.Settle();
    CHECK(scene.status().postponed.size() == 1);
    scene.Edit();
    scene.Settle();
    CHECK(scene.status().postponed.empty());
  }
  SECTION("a user's uncordon outweighs it: it does not come back by itself") {
    scene.node("w-1").unschedulable = false;
    cluster.Run();
    REQUIRE(scene.status().postponed.size() == 1);
    CHECK(scene.status().postponed[0].reason == api::PostponeReason::kUncordonedByUser);
    CHECK(scene.InWork().empty());
    CHECK(scene.Conditions() == "F F T NodesFailed");
  }
}

TEST_CASE("a node that is still to come back is no failure yet, and nothing is Ready",
          "[planner]") {
  Scene scene = Blocked(api::DrainTimeoutPolicy::kSkip);
  scene.Pass(100);
  scene.Settle();
  scene.node("w").ready = false;
  InstantCluster(scene).Run();
  CHECK(scene.InWork().empty());
  CHECK(scene.status().nodes.postponed == 1);
  CHECK(scene.Conditions() == "F T F WaitingForNodes");
  scene.node("w").ready = true;
  scene.Settle();
  CHECK(scene.InWork() == "w");
}

TEST_CASE("a control-plane node comes back among its like, before any worker", "[planner]") {
  Scene scene;
  scene.spec().drain.on_timeout = api::DrainTimeoutPolicy::kSkip;
  scene.spec().drain.timeout_seconds = 100;
  scene.Add(ControlPlaneNode("m-1")).Add(ControlPlaneNode("m-2")).Add(Worker("w"));
  scene.Add(BudgetFor("web", 0)).Add("m-1", Web());
  InstantCluster cluster(scene);
  cluster.RunTo("m-1", "Draining");
  scene.Pass(100);
  cluster.RunTo("m-2", "Upgrading");
  scene.node("m-2").kubelet_version = kNew;
  cluster.RunTo("m-2", "Verifying");
  scene.Settle();
  scene.Pass(10);
  cluster.RunTo("m-1", "Draining");
  CHECK(scene.StepOf("w") == "-");
  CHECK(scene.Conditions() == "F T F UpgradingNodes");
  scene.Pass(100);
  cluster.Run();
  CHECK(scene.InWork().empty());
  CHECK(scene.Conditions() == "F F T ControlPlaneNodeFailed");
}

TEST_CASE("onTimeout Delete deletes what is left, and fails when that does not help", "[planner]") {
  Scene scene = Blocked(api::DrainTimeoutPolicy::kDelete);
  scene.Add("w", PodBuilder("ends").Terminating(After(500), 500));
  scene.Pass(99);
  CHECK(scene.Actions() == Lines{"Evict team-a/web"});
  scene.Pass(1);

  SECTION("not while the state of the cluster is unknown") {
    scene.current = false;
    CHECK(scene.Actions() == Lines{"Evict team-a/web"});
  }
  SECTION("past the budget, and not what terminates already") {
    CHECK(scene.Actions() == Lines{"DeletePod team-a/web"});
    CHECK(scene.StepOf("w") == "Draining");
    scene.pods["w"].clear();
    scene.Settle();
    CHECK(scene.StepOf("w") == "Upgrading");
  }
  SECTION("after the same time again the node fails and is given back") {
    scene.Pass(99);
    CHECK(scene.Actions() == Lines{"DeletePod team-a/web"});
    scene.Pass(1);
    InstantCluster(scene).Run();
    CHECK(scene.InWork().empty());
    CHECK_FALSE(scene.node("w").unschedulable);
    REQUIRE(scene.status().failures.size() == 1);
    CHECK(scene.status().failures[0].reason == api::FailureReason::kDrainTimeout);
  }
}

TEST_CASE("a StatefulSet pod that is back on another node is left alone", "[planner]") {
  Scene scene = Workers({"w", "w-2"});
  scene.Add("w", PodBuilder("db-0").OwnedBy("StatefulSet", "db")).Add("w", PodBuilder("web"));
  InstantCluster(scene).RunTo("w", "Draining");
  REQUIRE(scene.Actions() == Lines{"Evict team-a/db-0", "Evict team-a/web"});
  api::Pod again = scene.pods["w"].extract("team-a/db-0").mapped();
  again.meta.uid = "db-0-again";
  scene.Add("w-2", again);
  CHECK(scene.Actions() == Lines{"Evict team-a/web"});
  CHECK(DrainProgress(*scene.Entry("w")) == "1/2 pods");
}

TEST_CASE("a pod that lands on the cordoned node by its own nodeName is evicted too", "[planner]") {
  Scene scene = Workers({"w"});
  scene.spec().drain.skip_pods = api::AnySelector{{api::LabelSelector{{{"keep", "me"}}, {}}}};
  scene.Add("w", PodBuilder("web"));
  InstantCluster(scene).RunTo("w", "Draining");
  scene.Add("w", PodBuilder("late"))
      .Add("w", PodBuilder("agent").OwnedBy("DaemonSet", "agent"))
      .Add("w", PodBuilder("kept").Label("keep", "me"));
  CHECK(scene.Actions() == Lines{"Evict team-a/late", "Evict team-a/web"});
}

TEST_CASE("what a user does to the cordon counts, at each step", "[planner]") {
  struct Case {
    const char* what;
    std::string step;
    void (*user)(Scene&, InstantCluster&);
    std::string next;    ///< step after it was seen
    bool cordoned;       ///< at the end
    bool upgraded;       ///< at the end
    std::string reason;  ///< of the postponement, or ""
  };
  const auto uncordon = [](Scene& scene, InstantCluster&) {
    scene.node("w").unschedulable = false;
  };
  const auto take_mark = [](Scene& scene, InstantCluster&) {
    scene.node("w").meta.annotations.erase(std::string(api::kCordonedBy));
  };
  const auto keep = [](Scene& scene, InstantCluster&) {
    scene.node("w").meta.annotations[std::string(api::kKeepCordoned)] = "true";
  };
  const auto cordon = [](Scene&, InstantCluster& cluster) {
    cluster.cordoned_by_users.insert("w");
  };
  const auto both = [](Scene& scene, InstantCluster&) { scene.node("w") = Worker("w"); };
  const std::vector<Case> cases = {
      {"uncordons and takes our mark off", "Draining", both, "-", false, false, "UncordonedByUser"},
      {"cordons before", "Cordoning", cordon, "Cordoning", true, true, ""},
      {"cordons during", "Draining", cordon, "Draining", true, true, ""},
      {"uncordons", "Draining", uncordon, "Uncordoning", false, false, "UncordonedByUser"},
      {"uncordons", "Upgrading", uncordon, "Upgrading", false, true, ""},
      {"uncordons", "Verifying", uncordon, "Verifying", false, true, ""},
      {"takes our mark off", "Draining", take_mark, "Draining", false, true, ""},
      {"takes our mark off", "Verifying", take_mark, "Verifying", false, true, ""},
      {"wants the cordon kept", "Draining", keep, "Draining", true, true, ""},
      {"wants the cordon kept", "Verifying", keep, "Verifying", true, true, ""},
  };
  for (const Case& c : cases) {
    CAPTURE(c.what, c.step);
    Scene scene = Workers({"w"});
    scene.Add("w", PodBuilder("web"));
    InstantCluster cluster(scene);
    cluster.RunTo("w", c.step == "Verifying" ? "Upgrading" : c.step);
    scene.Settle();
    if (c.step == "Upgrading") {
      cluster.Apply(scene.Settle().actions);  // announced: the node may be changed by now
    }
    if (c.step == "Verifying") {
      scene.node("w").kubelet_version = kNew;
      cluster.RunTo("w", "Verifying");
    }
    c.user(scene, cluster);
    scene.Settle();
    CHECK(scene.StepOf("w") == c.next);
    cluster.Run();
    if (c.upgraded) {
      scene.node("w").kubelet_version = kNew;
      cluster.Run();
      scene.Pass(10);
      cluster.Run();
    }
    CHECK(scene.InWork().empty());
    CHECK(scene.node("w").unschedulable == c.cordoned);
    CHECK_FALSE(scene.node("w").meta.annotations.contains(api::kCordonedBy));
    CHECK((scene.ConditionOf("Ready") == "True Upgraded") == c.upgraded);
    CHECK((c.reason.empty() ? scene.status().postponed.empty()
                            : NameOf(scene.status().postponed.at(0).reason) == c.reason));
  }
}
