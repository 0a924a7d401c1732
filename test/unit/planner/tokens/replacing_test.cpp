#include "planner/tokens/replacing.hpp"

#include <catch2/catch.hpp>

#include "unit/planner/tokens/refresh_scene.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("old pods go one by one, each when the one before is replaced and Ready", "[planner]") {
  Scene scene = SettledCluster();
  CHECK(WorkOf(scene) == Lines{"shop/web (ReplicaSet) 3/3"});
  CHECK(scene.Actions() == Lines{"Evict shop/web-1"});
  scene.pods["w"].erase("shop/web-1");
  CHECK(scene.Actions().empty());
  CHECK(TokensOf(scene).in_progress[0].message ==
        "1 of 3 pods are replaced; 2 of 3 pods are there");
  api::Pod fresh = HolderOf("shop", "web", "web-4", 181);
  fresh.ready = false;
  scene.Add("w", fresh);
  CHECK(scene.Actions().empty());
  CHECK(TokensOf(scene).in_progress[0].message ==
        "1 of 3 pods are replaced; 2 of 3 pods are Ready");
  fresh.ready = true;
  scene.Add("w", fresh);
  CHECK(scene.Actions().empty());
  PassWithServers(scene, 9);
  CHECK(scene.Actions().empty());
  PassWithServers(scene, 1);
  CHECK(scene.Actions() == Lines{"Evict shop/web-2"});
}

TEST_CASE("Ready that is lost begins minReadySeconds anew", "[planner]") {
  Scene scene = SettledCluster();
  Replace(scene, "shop/web-1", "web-4");
  scene.Settle();
  PassWithServers(scene, 8);
  PodIn(scene, "shop/web-4").ready = false;
  CHECK(scene.Actions().empty());
  PodIn(scene, "shop/web-4").ready = true;
  scene.Settle();
  PassWithServers(scene, 9);
  CHECK(scene.Actions().empty());
  PassWithServers(scene, 1);
  CHECK(scene.Actions() == Lines{"Evict shop/web-2"});
}

TEST_CASE("pods that are not Ready go first, then the oldest", "[planner]") {
  Scene scene = ChangedCluster();
  PodIn(scene, "shop/web-2").meta.created = After(-900);
  PodIn(scene, "shop/web-3").ready = false;
  scene.Settle();
  PassWithServers(scene, 120);
  scene.Settle();
  CHECK(scene.Actions() == Lines{"Evict shop/web-3"});
  PodIn(scene, "shop/web-3").ready = true;
  CHECK(scene.Actions() == Lines{"Evict shop/web-2"});
}

TEST_CASE("of a StatefulSet the highest ordinal goes first", "[planner]") {
  Scene scene = ChangedCluster();
  scene.pods["w"].clear();
  for (const char* name : {"db-2", "db-9", "db-10"}) {
    api::Pod pod = HolderOf("shop", "db", name);
    pod.meta.controller = api::Owner{"StatefulSet", "db", "db-uid"};
    scene.Add("w", pod);
  }
  scene.Settle();
  PassWithServers(scene, 120);
  scene.Settle();
  CHECK(scene.Actions() == Lines{"Evict shop/db-10"});
}

TEST_CASE("while an accepted eviction is not seen, no other pod goes", "[planner]") {
  Scene scene = SettledCluster();
  const Plan plan = scene.Settle();
  scene.Answer(plan.actions.front(), Outcome::kAccepted);
  // It is still shown, and another pod is worse now.
  PodIn(scene, "shop/web-3").ready = false;
  PassWithServers(scene, 30);
  CHECK(scene.Actions() == Lines{"Evict shop/web-1"});
}

TEST_CASE("a workload that was scaled down needs no more pods than it asks for", "[planner]") {
  Scene scene = SettledCluster();
  scene.pods["w"].erase("shop/web-1");
  scene.replica_sets["shop/web"].pods = 2;
  scene.Settle();
  PassWithServers(scene, 10);
  CHECK(scene.Actions() == Lines{"Evict shop/web-2"});
}

TEST_CASE("a workload that does not come back has failed", "[planner]") {
  Scene scene = SettledCluster();
  scene.pods["w"].erase("shop/web-1");
  SECTION("nobody makes a pod") {
    scene.Settle();
    PassWithServers(scene, 611);
    scene.Settle();
    REQUIRE(TokensOf(scene).failures.size() == 1);
    CHECK(TokensOf(scene).failures[0].reason == api::RefreshFailure::kNotReplaced);
    CHECK(TokensOf(scene).failures[0].message == "1 of 3 pods are replaced; 2 of 3 pods are there");
  }
  SECTION("its pod is not Ready") {
    api::Pod fresh = HolderOf("shop", "web", "web-4", 181);
    fresh.ready = false;
    fresh.problem = "ImagePullBackOff: no such image";
    scene.Add("w", fresh);
    scene.Settle();
    PassWithServers(scene, 611);
    scene.Settle();
    REQUIRE(TokensOf(scene).failures.size() == 1);
    CHECK(TokensOf(scene).failures[0].reason == api::RefreshFailure::kReplacementNotReady);
    CHECK(TokensOf(scene).failures[0].message ==
          "1 of 3 pods are replaced; 2 of 3 pods are Ready; pod shop/web-4: ImagePullBackOff: no "
          "such image");
  }
  CHECK(scene.ConditionOf("TokensFresh") == "False Failed");
  CHECK(scene.Conditions() == "F F T RefreshFailed");
  CHECK(scene.Actions().empty());
  scene.AskForRetry("again");
  scene.Settle();
  CHECK(TokensOf(scene).failures.empty());
  CHECK(WorkOf(scene) == Lines{"shop/web (ReplicaSet) 2/2"});
}

TEST_CASE("a budget that allows nothing holds a workload, and nothing is lost", "[planner]") {
  Scene scene = ChangedCluster();
  for (const char* name : {"shop/web-1", "shop/web-2", "shop/web-3"}) {
    PodIn(scene, name).meta.labels["app"] = "web";
  }
  api::PodDisruptionBudget budget = BudgetFor("web", 0);
  budget.meta.ns = "shop";
  budget.current_healthy = 3;
  budget.desired_healthy = 3;
  budget.min_available = api::IntOrPercent{3, false};
  budget.expected_pods = 3;
  scene.Add(budget);
  scene.Settle();
  PassWithServers(scene, 120);
  const Plan plan = scene.Settle();
  CHECK(scene.ConditionOf("TokensFresh") == "False Refreshing");
  scene.Answer(plan.actions.at(0), Outcome::kNoBudget, "no room");
  PassWithServers(scene, 611);
  scene.Settle();
  CHECK(scene.ConditionOf("TokensFresh") == "False Blocked");
  CHECK(scene.Conditions() == "F T F TokensBlocked");
  CHECK(TokensOf(scene).laggards.at(0).starts_with(
      "shop/web (ReplicaSet): 3 pods: BudgetBlocked: 0 of 3 pods are replaced; pod shop/web-1 "
      "waits "
      "for PodDisruptionBudget shop/web, which allows no eviction now"));
  CHECK(TokensOf(scene).failures.empty());
}

namespace {

/// Deployment shop/web, whose pods are to be replaced by a restart.
Scene RestartedDeployment() {
  Scene scene = ChangedCluster();
  scene.spec().token_refresh.methods.deployments = api::RefreshMethod::kRestart;
  for (const char* name : {"shop/web-1", "shop/web-2", "shop/web-3"}) {
    PodIn(scene, name).meta.controller->name = "web-7d";
    PodIn(scene, name).meta.labels["pod-template-hash"] = "7d";
  }
  api::Deployment& web = scene.deployments["shop/web"];
  web.meta.ns = "shop";
  web.meta.name = "web";
  web.meta.uid = "web-uid";
  web.meta.resource_version = "7";
  web.pods = 3;
  web.rolls_out = true;
  return scene;
}

void SettleChange(Scene& scene) {
  scene.Settle();
  PassWithServers(scene, 120);
  scene.Settle();
}

}  // namespace

TEST_CASE("a restart is asked for once, with the time of the change", "[planner]") {
  Scene scene = RestartedDeployment();
  SettleChange(scene);
  const Plan plan = scene.Settle();
  REQUIRE(plan.actions.size() == 1);
  const auto& restart = std::get<RestartWorkload>(plan.actions[0]);
  CHECK(restart.workload.Text() == "Deployment shop/web");
  CHECK(restart.uid == "web-uid");
  CHECK(restart.resource_version == "7");
  CHECK(restart.at == TokensOf(scene).change->since);
  scene.deployments["shop/web"].restarted = restart.at;
  CHECK(scene.Actions().empty());
  CHECK(TokensOf(scene).in_progress[0].message ==
        "0 of 3 pods are replaced; its rollout is awaited");
  for (auto& [key, pod] : scene.pods["w"]) {
    pod.meta.created = After(190);
  }
  PassWithServers(scene, 10);
  scene.Settle();
  PassWithServers(scene, 10);
  scene.Settle();
  CHECK(scene.ConditionOf("TokensFresh") == "True Fresh");
}

TEST_CASE("what a restart would not replace is evicted", "[planner]") {
  Scene scene = RestartedDeployment();
  SECTION("it is paused") {
    scene.deployments["shop/web"].rolls_out = false;
  }
  SECTION("it belongs to something else") {
    scene.deployments["shop/web"].meta.controller = api::Owner{"Shop", "shop", "x"};
  }
  SettleChange(scene);
  CHECK(scene.Actions() == Lines{"Evict shop/web-1"});
}

TEST_CASE("a right to restart that is missing is named", "[planner]") {
  Scene scene = RestartedDeployment();
  SettleChange(scene);
  scene.Answer(scene.Settle().actions.at(0), Outcome::kForbidden, "may not patch");
  CHECK(scene.Actions() == Lines{"Restart Deployment shop/web"});
  PassWithServers(scene, 60);
  scene.Settle();
  CHECK(TokensOf(scene).laggards ==
        Lines{"shop/web (Deployment): 3 pods: RightMissing: may not patch (its role is in "
              "deploy/optional/refresh-workloads.yaml)"});
  CHECK(TokensOf(scene).failures.empty());
}

TEST_CASE("a restart that does not roll out has lost nothing", "[planner]") {
  Scene scene = RestartedDeployment();
  scene.deployments["shop/web"].restarted = After(500);
  SettleChange(scene);
  PassWithServers(scene, 611);
  scene.Settle();
  CHECK(TokensOf(scene).laggards.at(0).find("NotRolledOut: 0 of 3 pods are replaced; see kubectl "
                                            "rollout status Deployment/web --namespace shop") !=
        std::string::npos);
}

TEST_CASE("what spec.drain protects is left", "[planner]") {
  Scene scene = ChangedCluster();
  SECTION("emptyDir data") {
    scene.spec().drain.empty_dir_pods = api::EmptyDirPods::kRefuse;
    for (const char* name : {"shop/web-1", "shop/web-2", "shop/web-3"}) {
      PodIn(scene, name).has_empty_dir = true;
    }
  }
  SECTION("pods that it skips") {
    scene.spec().drain.skip_pods = api::AnySelector{{api::LabelSelector{{{"app", "web"}}, {}}}};
    for (const char* name : {"shop/web-1", "shop/web-2", "shop/web-3"}) {
      PodIn(scene, name).meta.labels["app"] = "web";
    }
  }
  scene.Settle();
  PassWithServers(scene, 120);
  CHECK(scene.Actions().empty());
  CHECK(WorkOf(scene).empty());
}

TEST_CASE("pods of a node that is not Ready stay", "[planner]") {
  Scene scene = ChangedCluster();
  scene.node("w").ready = false;
  SettleChange(scene);
  CHECK(WorkOf(scene).empty());
  CHECK(
      TokensOf(scene).laggards ==
      Lines{"shop/web (ReplicaSet): 3 pods: NodeNotReady: the node of pod shop/web-1 is not Ready: "
            "repair it"});
}

TEST_CASE("what nobody makes again is done once it is gone", "[planner]") {
  Scene scene = ChangedCluster();
  scene.spec().token_refresh.methods.pods = api::RefreshMethod::kEvict;
  for (const char* name : {"shop/web-2", "shop/web-3"}) {
    scene.pods["w"].erase(name);
  }
  SECTION("a pod without a controller") {
    PodIn(scene, "shop/web-1").meta.controller.reset();
    SettleChange(scene);
    CHECK(scene.Actions() == Lines{"Evict shop/web-1"});
  }
  SECTION("its workload is deleted meanwhile") {
    scene.replica_sets["shop/web"].pods = 1;
    SettleChange(scene);
    CHECK(scene.Actions() == Lines{"Evict shop/web-1"});
    scene.replica_sets.clear();
  }
  scene.pods["w"].clear();
  scene.Settle();
  PassWithServers(scene, 10);
  scene.Settle();
  CHECK(scene.ConditionOf("TokensFresh") == "True Fresh");
}

TEST_CASE("a workload that is short of pods before anything is evicted has not failed",
          "[planner]") {
  Scene scene = SettledCluster();
  scene.replica_sets["shop/web"].pods = 4;  // and no quota for it
  scene.Settle();
  PassWithServers(scene, 611);
  scene.Settle();
  CHECK(TokensOf(scene).failures.empty());
  CHECK(TokensOf(scene).laggards.at(0).find("Unhealthy: ") != std::string::npos);
}

TEST_CASE("a Ready pod is taken only while all that are asked for are Ready", "[planner]") {
  Scene scene = ChangedCluster();
  PodIn(scene, "shop/web-3").ready = false;
  PodIn(scene, "shop/web-3").meta.created = After(150);  // fresh, and starting
  SettleChange(scene);
  PassWithServers(scene, 300);
  CHECK(scene.Actions().empty());
  PodIn(scene, "shop/web-3").ready = true;
  scene.Settle();
  CHECK(scene.Actions() == Lines{"Evict shop/web-1"});
}

TEST_CASE("a pod of a DaemonSet on a node that is down does not keep the others old", "[planner]") {
  Scene scene = ChangedCluster();
  scene.pods["w"].clear();
  scene.Add(Worker("down").At(kNew).NotReady());
  for (const char* name : {"net-1", "net-2"}) {
    api::Pod pod = HolderOf("shop", "net", name);
    pod.meta.controller = api::Owner{"DaemonSet", "net", "net-uid"};
    scene.Add("w", pod);
  }
  PodIn(scene, "shop/net-2").node_name = "down";
  PodIn(scene, "shop/net-2").ready = false;
  scene.daemon_sets["shop/net"]["shop/net"].pods = 2;
  SettleChange(scene);
  CHECK(scene.Actions() == Lines{"Evict shop/net-1"});
}
