#include "planner/gates/survey.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "planner/pods/losses.hpp"
#include "unit/planner/scene.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

Scene Cluster() {
  Scene scene;
  scene.Add(ControlPlaneNode("m").At(kNew))
      .Add(Worker("w-1").Label("zone", "a"))
      .Add(Worker("w-2").Label("zone", "b"));
  return scene;
}

/// "TwoBudgets team-a/web-1", … of all findings.
Lines Found(const Scene& scene) {
  Lines lines;
  for (const Finding& finding : scene.LookAtAllPods().findings) {
    lines.push_back((finding.blocks ? "! " : "") + NameOf(finding.type) + " " + finding.object);
  }
  return lines;
}

PodBuilder Of(const std::string& kind, const std::string& owner, const std::string& name) {
  return PodBuilder(name).OwnedBy(kind, owner);
}

api::PodDisruptionBudget Budget(std::optional<api::IntOrPercent> min_available,
                                std::optional<api::IntOrPercent> max_unavailable,
                                int pods = 3) {
  api::PodDisruptionBudget budget = BudgetFor("web", 0);
  budget.min_available = min_available;
  budget.max_unavailable = max_unavailable;
  budget.expected_pods = pods;
  return budget;
}

}  // namespace

TEST_CASE("a budget is judged by its spec and the present number of pods", "[planner]") {
  using Percent = api::IntOrPercent;
  struct Case {
    std::optional<Percent> min_available;
    std::optional<Percent> max_unavailable;
    std::string found;
  };
  const std::vector<Case> cases = {
      {{}, Percent{0, false}, "! BudgetNeverAllows"},
      {{}, Percent{0, true}, "! BudgetNeverAllows"},
      {Percent{100, true}, {}, "! BudgetNeverAllows"},
      {{}, Percent{1, false}, ""},
      {{}, Percent{1, true}, ""},  // rounded up: one pod
      {Percent{3, false}, {}, "BudgetAllowsNoneNow"},
      {Percent{4, false}, {}, "BudgetAllowsNoneNow"},
      {Percent{67, true}, {}, "BudgetAllowsNoneNow"},  // of 3, rounded up
      {Percent{66, true}, {}, ""},
      {Percent{2, false}, {}, ""},
      {Percent{0, false}, {}, ""},
      {{}, {}, ""},
  };
  for (const Case& c : cases) {
    Scene scene = Cluster();
    scene.Add(Budget(c.min_available, c.max_unavailable))
        .Add("w-1", PodBuilder("web-1").Label("app", "web"));
    CAPTURE(c.found);
    CHECK(Found(scene) == (c.found.empty() ? Lines{} : Lines{c.found + " team-a/web"}));
  }
}

TEST_CASE("only pods that a drain would move are judged", "[planner]") {
  Scene scene = Cluster();
  scene.Add(Budget({}, api::IntOrPercent{0, false}));
  const auto web = [] { return PodBuilder("web-1").Label("app", "web"); };
  SECTION("not on a node that is done") {
    scene.Add("m", web());
  }
  SECTION("nor on one that is left alone") {
    scene.node("w-1").meta.labels[std::string(api::kExclude)] = "true";
    scene.Add("w-1", web());
  }
  SECTION("nor on one that failed for good") {
    scene.status().failures.push_back(
        {"w-1", "w-1-uid", {}, {}, kNew, 2, api::FailureReason::kJobFailed, "", kStart});
    scene.Add("w-1", web());
  }
  SECTION("nor pods of a DaemonSet, that have ended, or that are on their way") {
    scene.Add("w-1", web().OwnedBy("DaemonSet", "web"));
    scene.Add("w-2", PodBuilder("web-2").Label("app", "web").Phase(api::PodPhase::kSucceeded));
    scene.Add("w-2", PodBuilder("web-3").Label("app", "web").Terminating(After(9), 30));
  }
  SECTION("nor pods that are pending, whom no budget holds") {
    scene.Add("w-1", web().Phase(api::PodPhase::kPending));
  }
  SECTION("nor pods of another namespace") {
    scene.Add("w-1", web().In("team-b"));
  }
  CHECK(Found(scene).empty());
}

TEST_CASE("workloads with a single pod are named by the object that a person scales", "[planner]") {
  Scene scene = Cluster();
  scene.Add("w-1", Of("ReplicaSet", "web-5d4", "web-5d4-x").Label("pod-template-hash", "5d4"))
      .Add("w-1", Of("StatefulSet", "db", "db-0"))
      .Add("w-1", Of("ReplicaSet", "api-1", "api-1-x").Label("pod-template-hash", "1"))
      .Add("w-2", Of("ReplicaSet", "api-1", "api-1-y").Label("pod-template-hash", "1"))
      .Add("w-1", Of("Job", "sums", "sums-x"))
      .Add("m", Of("ReplicaSet", "done-1", "done-1-x"));
  CHECK(Found(scene) ==
        Lines{"JobInterrupted team-a/sums", "SingleReplica team-a/db", "SingleReplica team-a/web"});
  const Survey survey = scene.LookAtAllPods();
  CHECK(survey.findings[2].text.starts_with("Deployment runs one pod, web-5d4-x on w-1"));

  scene.Add("m", Of("ReplicaSet", "web-5d4", "web-5d4-y").Label("pod-template-hash", "5d4"))
      .Add("m", Of("StatefulSet", "db", "db-1"));
  CHECK(Found(scene) == Lines{"JobInterrupted team-a/sums"});
  CHECK(scene.LookAtAllPods().more == 0);
}

TEST_CASE("a pod is pinned that fits no other node, by itself or by its volumes", "[planner]") {
  Scene scene = Cluster();
  api::Pod pod = PodBuilder("p").On("w-1");
  SECTION("by its nodeSelector") {
    pod.placement.node_selector = {{"zone", "a"}};
    scene.Add("w-1", pod);
    CHECK(Found(scene) == Lines{"PinnedPod team-a/p"});
    scene.node("m").meta.labels["zone"] = "a";
    CHECK(Found(scene).empty());
  }
  SECTION("by required affinity to its node's name") {
    pod.placement.required = {{{}, {{"metadata.name", api::NodeOperator::kIn, {"w-1"}}}}};
    scene.Add("w-1", pod);
    CHECK(Found(scene) == Lines{"PinnedPod team-a/p"});
  }
  SECTION("by the volume of a claim") {
    pod.claims = {"data"};
    scene.Add("w-1", pod);
    api::PersistentVolume volume;
    volume.meta.name = "pv";
    volume.claim = "team-a/data";
    CHECK(Found(scene).empty());
    volume.placement.required = {{{{"zone", api::NodeOperator::kIn, {"a"}}}, {}}};
    scene.volumes["pv"] = volume;
    CHECK(Found(scene) == Lines{"PinnedPod team-a/p"});
    scene.volumes["pv"].placement.required = {{{{"zone", api::NodeOperator::kExists, {}}}, {}}};
    CHECK(Found(scene).empty());
  }
}

TEST_CASE("a budget whose controller counts no pod warns, once it has looked", "[planner]") {
  Scene scene;
  scene.Add(ControlPlaneNode("m").At(kNew)).Add(Worker("w"));
  scene.Add("w", PodBuilder("web").Label("app", "web")).Add(BudgetFor("web", 0));
  CHECK(Found(scene).empty());
  api::PodDisruptionBudget& budget = scene.budgets.at("team-a/web");
  SECTION("it says why") {
    budget.sync_failure = "SyncFailed: found no controllers for pod";
  }
  SECTION("it does not") {
    budget.observed_generation = 1;
  }
  CHECK(Found(scene) == Lines{"BudgetAllowsNoneNow team-a/web"});
  budget.disruptions_allowed = 1;
  CHECK(Found(scene).empty());
}

TEST_CASE("a budget that lets unhealthy pods go holds only the Ready ones", "[planner]") {
  Scene scene;
  scene.Add(ControlPlaneNode("m").At(kNew)).Add(Worker("w"));
  api::PodDisruptionBudget budget = BudgetFor("web", 0);
  budget.max_unavailable = api::IntOrPercent{0, false};
  budget.lets_unhealthy_go = true;
  scene.Add(budget).Add("w", PodBuilder("web").Label("app", "web").NotReady());
  CHECK(Found(scene).empty());
  scene.Add("w", PodBuilder("web-2").Label("app", "web"));
  CHECK(Found(scene) == Lines{"! BudgetNeverAllows team-a/web"});
}

TEST_CASE("policies that refuse block, policies that evict warn", "[planner]") {
  Scene scene = Cluster();
  scene.Add("w-1", PodBuilder("alone").Unmanaged()).Add("w-2", PodBuilder("scratch").EmptyDir());
  CHECK(Found(scene) == Lines{"UnmanagedPods team-a/alone", "EmptyDirData team-a/scratch"});
  scene.spec().drain.unmanaged_pods = api::UnmanagedPods::kRefuse;
  CHECK(Found(scene) == Lines{"! UnmanagedPods team-a/alone", "EmptyDirData team-a/scratch"});
  scene.spec().drain.empty_dir_pods = api::EmptyDirPods::kRefuse;
  CHECK(Found(scene) == Lines{"! UnmanagedPods team-a/alone", "! EmptyDirData team-a/scratch"});
  scene.spec().preflight_ignore = {"EmptyDirData"};
  CHECK(Found(scene) == Lines{"! UnmanagedPods team-a/alone", "EmptyDirData team-a/scratch"});
  scene.spec().drain.empty_dir_pods = api::EmptyDirPods::kEvict;
  CHECK(Found(scene) == Lines{"! UnmanagedPods team-a/alone"});
  scene.spec().drain.unmanaged_pods = api::UnmanagedPods::kRecreate;
  CHECK(Found(scene) == Lines{"UnmanagedPods team-a/alone"});
}

TEST_CASE("a hundred findings of a type are named, the rest is counted", "[planner]") {
  Scene scene = Cluster();
  const World world = scene.MakeWorld();
  SurveyFold fold(world);
  for (int i = 0; i < 20'000; ++i) {
    const std::string n = std::to_string(i);
    fold.AddPods(world,
                 {PodBuilder("alone-" + n).Unmanaged().On("w-1"),
                  Of("StatefulSet", "set-" + n, "set-" + n + "-0").On("w-2")});
  }
  const Survey survey = fold.Finish();
  CHECK(survey.findings.size() == 200);
  CHECK(survey.more == 2 * 19'900);
}

TEST_CASE("20,000 pods and 1,000 budgets are judged quickly", "[planner]") {
  Scene scene = Cluster();
  for (int i = 0; i < 1'000; ++i) {
    api::PodDisruptionBudget budget = BudgetFor("app", 1);
    budget.meta.name = "app";
    budget.meta.ns = "ns-" + std::to_string(i);
    scene.Add(budget);
  }
  const World world = scene.MakeWorld();
  SurveyFold fold(world);
  for (int page = 0; page < 200; ++page) {
    std::vector<api::Pod> pods;
    for (int i = 0; i < 100; ++i) {
      const int n = page * 100 + i;
      pods.push_back(PodBuilder("p-" + std::to_string(n))
                         .In("ns-" + std::to_string(n % 1'000))
                         .Label("app", "app")
                         .On("w-1"));
    }
    fold.AddPods(world, pods);
  }
  CHECK(fold.Finish().findings.empty());
}

TEST_CASE("a worker that runs the control plane is found", "[planner]") {
  Scene scene = Cluster();
  scene.Add("w-1", PodBuilder("kube-apiserver-w-1").In("kube-system").Mirror());
  scene.Add("m", PodBuilder("kube-apiserver-m").In("kube-system").Mirror());
  CHECK(Found(scene) == Lines{"! UnmarkedControlPlane w-1"});
  scene.node("w-1").meta.labels[std::string(api::kExclude)] = "true";
  CHECK(Found(scene).empty());
}
