#include "planner/tokens/refreshing.hpp"

#include <catch2/catch.hpp>

#include "unit/planner/tokens/refresh_scene.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

/// Answers for the cluster until nobody is evicted any more; gives whom.
Lines RefreshAll(Scene& scene, int most = 50) {
  Lines evicted;
  for (int i = 0; i < most; ++i) {
    const Plan plan = scene.Settle();
    Lines now;
    for (const Action& action : plan.actions) {
      if (const auto* evict = std::get_if<EvictPod>(&action)) {
        const std::string key = evict->ns + "/" + evict->name;
        now.push_back(key);
        Replace(scene, key, evict->name + "-new");
      }
    }
    evicted.insert(evicted.end(), now.begin(), now.end());
    PassWithServers(scene, 10);
  }
  return evicted;
}

}  // namespace

TEST_CASE("every old pod is replaced once, and then a look at all pods proves it", "[planner]") {
  Scene scene = SettledCluster();
  CHECK(scene.Conditions() == "F T F RefreshingTokens");
  CHECK(RefreshAll(scene) == Lines{"shop/web-1", "shop/web-2", "shop/web-3"});
  CHECK(scene.ConditionOf("TokensFresh") == "True Fresh");
  CHECK(TokensOf(scene).droppable == Lines{"a"});
  CHECK(TokensOf(scene).replaced == 1);
  CHECK(scene.Conditions() == "T F F Upgraded");
}

TEST_CASE("the proof is a look that began after the last replacement", "[planner]") {
  Scene scene = SettledCluster();
  scene.survey = scene.LookAtAllPods();
  CHECK(RefreshAll(scene).size() == 3);
  // The old look is no answer any more, and there is no other.
  CHECK(TokensOf(scene).round == 1);
  CHECK(scene.ConditionOf("TokensFresh") == "False Proving");
  CHECK_FALSE(TokensOf(scene).change->completed);
  scene.survey.reset();
  scene.Settle();
  CHECK(scene.ConditionOf("TokensFresh") == "True Fresh");
}

TEST_CASE("nothing is touched before the change has settled", "[planner]") {
  Scene scene = ChangedCluster();
  CHECK(scene.Actions().empty());
  CHECK(scene.ConditionOf("TokensFresh") == "False Settling");
}

TEST_CASE("the first workload is alone, then as many as maxConcurrent", "[planner]") {
  Scene scene = ChangedCluster();
  for (const char* set : {"a", "b", "c"}) {
    AddSet(scene, "bank", set, 1);
    scene.Add("w", HolderOf("bank", set, std::string(set) + "-1"));
  }
  scene.spec().token_refresh.max_concurrent = 2;
  scene.Settle();
  PassWithServers(scene, 120);
  scene.Settle();
  CHECK(WorkOf(scene) == Lines{"bank/a (ReplicaSet) 1/1"});
  Replace(scene, "bank/a-1", "a-2");
  scene.Settle();
  PassWithServers(scene, 10);
  scene.Settle();
  CHECK(WorkOf(scene) == Lines{"bank/b (ReplicaSet) 1/1", "bank/c (ReplicaSet) 1/1"});
}

TEST_CASE("what the cluster depends on goes first, and one by one", "[planner]") {
  Scene scene = ChangedCluster();
  AddSet(scene, "bank", "a", 1);
  scene.Add("w", HolderOf("bank", "a", "a-1"));
  AddSet(scene, "kube-system", "dns", 1);
  scene.Add("w", HolderOf("kube-system", "dns", "dns-1"));
  api::Pod proxy = HolderOf("kube-system", "proxy", "proxy-1");
  proxy.meta.controller = api::Owner{"DaemonSet", "proxy", "proxy-uid"};
  scene.Add("w", proxy);
  api::Pod critical = HolderOf("storage", "csi", "csi-1");
  critical.system_critical = true;
  AddSet(scene, "storage", "csi", 1);
  scene.Add("w", critical);
  scene.Settle();
  PassWithServers(scene, 120);
  CHECK(RefreshAll(scene) == Lines{"kube-system/proxy-1",
                                   "kube-system/dns-1",
                                   "bank/a-1",
                                   "shop/web-1",
                                   "shop/web-2",
                                   "shop/web-3",
                                   "storage/csi-1"});
}

TEST_CASE("unhealthy workloads come last", "[planner]") {
  Scene scene = ChangedCluster();
  AddSet(scene, "bank", "a", 2);
  scene.Add("w", HolderOf("bank", "a", "a-1"));
  scene.Settle();
  PassWithServers(scene, 120);
  scene.Settle();
  CHECK(WorkOf(scene) == Lines{"shop/web (ReplicaSet) 3/3"});
}

TEST_CASE("methods and annotations say what is left", "[planner]") {
  Scene scene = ChangedCluster();
  SECTION("by the spec") {
    scene.spec().token_refresh.methods.replica_sets = api::RefreshMethod::kSkip;
    scene.Settle();
    PassWithServers(scene, 120);
    scene.Settle();
    CHECK(TokensOf(scene).laggards == Lines{"shop/web (ReplicaSet): 3 pods: Skipped: left as it is "
                                            "by spec.tokenRefresh.methods"});
  }
  SECTION("by an annotation of the workload") {
    scene.replica_sets["shop/web"].meta.annotations["clusterupgrade.io/refresh"] = "Skip";
    scene.Settle();
    PassWithServers(scene, 120);
    scene.Settle();
    CHECK(TokensOf(scene).laggards == Lines{"shop/web (ReplicaSet): 3 pods: Skipped: left as it is "
                                            "by annotation clusterupgrade.io/refresh"});
  }
  SECTION("by an annotation that nobody understands") {
    scene.replica_sets["shop/web"].meta.annotations["clusterupgrade.io/refresh"] = "Later";
    scene.Settle();
    PassWithServers(scene, 120);
    scene.Settle();
    CHECK(TokensOf(scene).laggards ==
          Lines{"shop/web (ReplicaSet): 3 pods: Skipped: annotation clusterupgrade.io/refresh is "
                "\"Later\": write Evict, Restart, Wait or Skip"});
  }
  CHECK(scene.Actions().empty());
  CHECK(scene.ConditionOf("TokensFresh") == "True FreshButSkipped");
  CHECK(TokensOf(scene).pods == api::TokenPods{0, 0, 3});
  CHECK(TokensOf(scene).droppable.empty());
  CHECK(scene.Conditions() == "T F F Upgraded");
}

TEST_CASE("Jobs end by themselves, pods without a controller stay", "[planner]") {
  Scene scene = ChangedCluster();
  scene.pods["w"].clear();
  api::Pod job = HolderOf("shop", "import", "import-1");
  job.meta.controller = api::Owner{"Job", "import", "import-uid"};
  scene.Add("w", job);
  api::Pod alone = HolderOf("shop", "x", "alone");
  alone.meta.controller.reset();
  scene.Add("w", alone);
  scene.Settle();
  PassWithServers(scene, 120);
  CHECK(scene.Actions().empty());
  CHECK(scene.ConditionOf("TokensFresh") == "False Blocked");
  CHECK(TokensOf(scene).laggards ==
        Lines{"shop/alone (no controller): 1 pod: Skipped: left as it is by "
              "spec.tokenRefresh.methods",
              "shop/import (Job): 1 pod: JobRunning: left to end by itself by "
              "spec.tokenRefresh.methods"});
  scene.spec().token_refresh.methods.pods = api::RefreshMethod::kEvict;
  scene.Edit();
  CHECK(scene.Actions() == Lines{"Evict shop/alone"});
}

TEST_CASE("what is left is tried again after five minutes", "[planner]") {
  Scene scene = ChangedCluster();
  scene.node("w").ready = false;
  scene.Settle();
  PassWithServers(scene, 120);
  const Plan plan = scene.Settle();
  CHECK(scene.ConditionOf("TokensFresh") == "False Blocked");
  CHECK(plan.wake_at == scene.now.steady + std::chrono::minutes(5));
  scene.node("w").ready = true;
  PassWithServers(scene, 299);
  CHECK(scene.Actions().empty());
  PassWithServers(scene, 1);
  CHECK(scene.Actions() == Lines{"Evict shop/web-1"});
}

TEST_CASE("what is blocked holds nobody up", "[planner]") {
  Scene scene = ChangedCluster();
  AddSet(scene, "bank", "a", 1);
  api::Pod held = HolderOf("bank", "a", "a-1");
  held.meta.labels["app"] = "a";
  scene.Add("w", held);
  api::PodDisruptionBudget budget = BudgetFor("a", 0);
  budget.meta.ns = "bank";
  scene.Add(budget);
  scene.Settle();
  PassWithServers(scene, 120);
  scene.Settle();
  CHECK(WorkOf(scene) == Lines{"bank/a (ReplicaSet) 1/1"});
  PassWithServers(scene, 611);
  scene.Settle();
  CHECK(WorkOf(scene) == Lines{"shop/web (ReplicaSet) 3/3"});
  PassWithServers(scene, 400);
  scene.Settle();
  // Its five minutes are over, but the other one is not.
  CHECK(TokensOf(scene).in_progress.at(0).workload.name == "web");
}

TEST_CASE("workloads are left once the spec leaves them out", "[planner]") {
  Scene scene = SettledCluster();
  CHECK(scene.Actions() == Lines{"Evict shop/web-1"});
  SECTION("by their namespace") {
    scene.spec().token_refresh.exclude_namespaces = {"shop"};
  }
  SECTION("by their kind") {
    scene.spec().token_refresh.methods.replica_sets = api::RefreshMethod::kSkip;
  }
  SECTION("by an annotation") {
    scene.replica_sets["shop/web"].meta.annotations["clusterupgrade.io/refresh"] = "Skip";
  }
  scene.Edit();
  CHECK(scene.Actions().empty());
  CHECK(WorkOf(scene).empty());
  CHECK(scene.ConditionOf("TokensFresh") == "True FreshButSkipped");
}

TEST_CASE("while API servers disagree nothing is replaced, and nothing is proved", "[planner]") {
  Scene scene = SettledCluster();
  scene.own_tokens.seen.push_back(TokenOf("a", 185));
  scene.Settle();
  CHECK(scene.ConditionOf("TokensFresh") == "Unknown ServersDisagree");
  CHECK(scene.Actions().empty());
  CHECK_FALSE(TokensOf(scene).change->since);
  scene.pods["w"].clear();
  scene.Settle();
  CHECK_FALSE(TokensOf(scene).change->completed);
}

TEST_CASE("nodes that wait for a person are not waited for", "[planner]") {
  Scene scene = ChangedCluster();
  scene.Add(Worker("x")).Add("x", PodBuilder("big").EmptyDir());
  scene.spec().drain.empty_dir_pods = api::EmptyDirPods::kRefuse;
  scene.Settle();
  PassWithServers(scene, 120);
  scene.Settle();
  CHECK(scene.Conditions() == "F F T PreflightRefused");
  CHECK(WorkOf(scene) == Lines{"shop/web (ReplicaSet) 3/3"});
}

TEST_CASE("pods that are to end by themselves are waited for", "[planner]") {
  Scene scene = ChangedCluster();
  for (const char* name : {"shop/web-1", "shop/web-2", "shop/web-3"}) {
    PodIn(scene, name).meta.controller->kind = "Workflow";
    PodIn(scene, name).lasting = false;
  }
  scene.Settle();
  PassWithServers(scene, 120);
  CHECK(scene.Actions().empty());
  CHECK(TokensOf(scene).laggards.at(0).find("JobRunning") != std::string::npos);
}

TEST_CASE("in a pause a change still ends", "[planner]") {
  Scene scene = SettledCluster();
  scene.spec().paused = true;
  scene.Settle();
  CHECK(scene.ConditionOf("TokensFresh") == "False Stale");
  scene.pods["w"].clear();
  scene.Settle();
  CHECK(scene.ConditionOf("TokensFresh") == "True Fresh");
}

TEST_CASE("after a soft change nodes go first, after a hard one pods", "[planner]") {
  const bool soft = GENERATE(true, false);
  Scene scene = ChangedCluster(soft);
  scene.Add(Worker("x").At(kNew));
  scene.Settle();
  PassWithServers(scene, 120);
  scene.node("x").kubelet_version = kOld;
  scene.Settle();
  if (soft) {
    CHECK(scene.InWork() == "x");
    CHECK(scene.ConditionOf("TokensFresh") == "False NodesFirst");
    CHECK(WorkOf(scene).empty());
  } else {
    CHECK(scene.InWork().empty());
    CHECK(WorkOf(scene) == Lines{"shop/web (ReplicaSet) 3/3"});
    CHECK(scene.Conditions() == "F T F RefreshingTokens");
  }
}

TEST_CASE("a node in work stops everything else", "[planner]") {
  Scene scene = SettledCluster(false);
  CHECK(scene.Actions() == Lines{"Evict shop/web-1"});
  scene.Add(Worker("x").CordonedByUs());
  scene.status().in_progress = {EntryFor("x", api::NodeStep::kDraining)};
  for (const std::string& action : scene.Actions()) {
    CHECK_FALSE(action.starts_with("Evict shop"));
  }
  CHECK(scene.ConditionOf("TokensFresh") == "False NodesFirst");
}

TEST_CASE("a pause stops the evictions, and mode Report gives them up", "[planner]") {
  Scene scene = SettledCluster();
  scene.spec().paused = true;
  scene.Edit();
  CHECK(scene.Actions().empty());
  CHECK(scene.ConditionOf("TokensFresh") == "False Stale");
  scene.spec().paused = false;
  scene.Edit();
  CHECK(scene.Actions() == Lines{"Evict shop/web-1"});
  scene.spec().token_refresh.mode = api::TokenRefreshMode::kReport;
  scene.Edit();
  CHECK(scene.Actions().empty());
  CHECK(WorkOf(scene).empty());
  CHECK(scene.ConditionOf("TokensFresh") == "False Stale");
  CHECK(scene.Conditions() == "T F F Upgraded");
}

TEST_CASE("time in which nobody worked on a workload does not count", "[planner]") {
  Scene scene = SettledCluster();
  scene.pods["w"].erase("shop/web-1");
  scene.Settle();
  SECTION("for another leader") {
    PassWithServers(scene, 3000);
    scene.memory = {};
  }
  SECTION("in a pause") {
    scene.spec().paused = true;
    scene.Settle();
    PassWithServers(scene, 3000);
    scene.Settle();
    scene.spec().paused = false;
  }
  scene.Settle();
  CHECK(TokensOf(scene).failures.empty());
  PassWithServers(scene, 611);
  scene.Settle();
  CHECK(TokensOf(scene).failures.size() == 1);
}
