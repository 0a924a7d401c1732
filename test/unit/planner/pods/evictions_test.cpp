#include "planner/pods/evictions.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "planner/pods/pod_judge.hpp"
#include "unit/planner/scene.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

struct Seen {
  std::vector<std::string> actions;
  std::vector<std::string> blocked;
};

DrainRound RoundOf(const Scene& scene, Means means = Means::kEvict) {
  const World world = scene.MakeWorld();
  const std::set<std::string> none;
  const NodePods pods = PodJudge(world, none).JudgeNode(scene.pods.at("w"));
  return NextEvictions(world, pods.leaving, means);
}

/// One drain round of all pods of node "w".
Seen Drain(const Scene& scene, Means means = Means::kEvict) {
  const DrainRound round = RoundOf(scene, means);
  Seen result{Describe(round.actions), {}};
  for (const Obstacle& obstacle : round.obstacles) {
    const api::BlockedBy& by = obstacle.by;
    result.blocked.push_back(NameOf(by.kind) + " " + by.ns + "/" + by.name + " " +
                             NameOf(by.reason));
  }
  return result;
}

Scene OneNode() {
  Scene scene;
  scene.Add(Worker("w"));
  return scene;
}

/// The pod, asked about as it is now, was answered so.
void SetAnswer(Scene& scene, const std::string& pod, Outcome verdict) {
  EvictionFacts facts;
  for (const Action& action : RoundOf(scene).actions) {
    const auto* evict = std::get_if<EvictPod>(&action);
    facts = evict != nullptr && evict->name == pod ? evict->facts : facts;
  }
  for (const Action& action : {Action(EvictPod{"team-a", pod, pod + "-uid", {}, {}}),
                               Action(DeletePod{"team-a", pod, pod + "-uid"})}) {
    scene.Answer(action, verdict, "quota says no");
    scene.results[KeyOf(action)].facts = facts;
  }
}

/// What people read of the only obstacle of node "w".
std::string SentenceOf(const Scene& scene, Means means = Means::kEvict) {
  return DescribeDrain({}, RoundOf(scene, means).obstacles, {});
}

}  // namespace

TEST_CASE("a budget is asked for as many evictions as it allows, at least one", "[planner]") {
  const auto evicted = [](int allowed) {
    Scene scene = OneNode();
    scene.Add(BudgetFor("web", allowed));
    for (const char* name : {"web-1", "web-2", "web-3"}) {
      scene.Add("w", PodBuilder(name).Label("app", "web"));
    }
    scene.Add("w", PodBuilder("free"));
    return Drain(scene).actions.size() - 1;
  };
  CHECK(evicted(0) == 1);
  CHECK(evicted(1) == 1);
  CHECK(evicted(2) == 2);
  CHECK(evicted(5) == 3);
}

TEST_CASE("pods that are not Ready cost no budget and are asked for beside the others",
          "[planner]") {
  Scene scene = OneNode();
  scene.Add(BudgetFor("web", 0));
  scene.Add("w", PodBuilder("web-1").Label("app", "web"))
      .Add("w", PodBuilder("web-2").Label("app", "web").NotReady())
      .Add("w", PodBuilder("web-3").Label("app", "web").Phase(api::PodPhase::kSucceeded));
  CHECK(Drain(scene).actions ==
        Lines{"Evict team-a/web-1", "Evict team-a/web-2", "Evict team-a/web-3"});
}

TEST_CASE("an eviction names its UID, its grace and what its budgets looked like", "[planner]") {
  Scene scene = OneNode();
  scene.spec().drain.grace_period_seconds = 7;
  scene.Add(BudgetFor("web", 1)).Add(BudgetFor("api", 1));
  scene.budgets["team-a/api"].selector = api::LabelSelector{};
  scene.budgets["team-a/none"] = BudgetFor("none", 1);
  scene.budgets["team-a/none"].selector.reset();
  scene.Add("w", PodBuilder("web-1").Label("app", "web"));
  const DrainRound round = RoundOf(scene);
  const auto& eviction = std::get<EvictPod>(round.actions.at(0));
  CHECK(eviction.uid == "web-1-uid");
  CHECK(eviction.grace_seconds == 7);
  CHECK(eviction.facts ==
        EvictionFacts{{{"team-a/api", "1", true}, {"team-a/web", "1", true}}, true});
}

TEST_CASE("budgets of other namespaces do not count", "[planner]") {
  Scene scene = OneNode();
  scene.Add(BudgetFor("web", 0));
  scene.Add("w", PodBuilder("web-1").In("team-b").Label("app", "web"));
  CHECK(Drain(scene).blocked.empty());
}

// Every answer of the server to an eviction (core/actions/pod_actions.cpp says how they are told
// apart).
TEST_CASE("each answer to an eviction does what it calls for", "[planner]") {
  struct Case {
    const char* what;
    Outcome answer;
    int budgets;
    std::vector<std::string> blocked;
    bool others_go;  ///< the next pod of the same budget is asked for in the same round
  };
  const std::string budget = "PodDisruptionBudget team-a/web ";
  const std::string pod = "Pod team-a/web ";
  const std::vector<Case> cases = {
      {"201: it leaves, its budget is used", Outcome::kAccepted, 1, {}, false},
      {"404: not the pod we meant", Outcome::kGone, 1, {}, true},
      {"409: tried again", Outcome::kConflict, 1, {}, false},
      {"429 by budget", Outcome::kNoBudget, 1, {budget + "DisruptionBudget"}, false},
      {"429 by budget, the budget unknown to us",
       Outcome::kNoBudget,
       0,
       {pod + "DisruptionBudget"},
       true},
      {"429 with Retry-After", Outcome::kBudgetStale, 1, {budget + "BudgetNotYetObserved"}, false},
      {"429 overload: no word about the pod", Outcome::kOverload, 1, {}, false},
      {"403, the namespace goes", Outcome::kTerminating, 1, {pod + "NamespaceTerminating"}, true},
      {"403, quota or RBAC", Outcome::kForbidden, 1, {pod + "Forbidden"}, true},
      {"a webhook denies it", Outcome::kDenied, 1, {pod + "AdmissionDenied"}, true},
      {"400 or 422", Outcome::kInvalid, 1, {pod + "Refused"}, true},
      {"500, two budgets", Outcome::kTwoBudgets, 2, {pod + "TwoBudgets"}, true},
      {"unknown: may have been applied", Outcome::kUnknown, 1, {}, false},
  };
  for (const Case& c : cases) {
    CAPTURE(c.what);
    Scene scene = OneNode();
    scene.Add("w", PodBuilder("web").Label("app", "web"));
    scene.Add("w", PodBuilder("web-2").Label("app", "web"));
    for (int i = 0; i < c.budgets; ++i) {
      api::PodDisruptionBudget one = BudgetFor("web", 1);
      one.meta.name += std::string(static_cast<std::size_t>(i), '2');
      scene.Add(one);
    }
    SetAnswer(scene, "web", c.answer);
    const Seen seen = Drain(scene);
    CHECK(seen.blocked == c.blocked);
    CHECK(seen.actions.front() == "Evict team-a/web");
    CHECK((seen.actions.size() == 2) == c.others_go);
  }
}

TEST_CASE("what blocks a pod has a reason, and a sentence that says what to do", "[planner]") {
  struct Case {
    api::Pod pod;
    int budgets;
    std::optional<Outcome> answer;
    std::string reason;
    std::vector<std::string> said;
  };
  const auto web = [] { return PodBuilder("web").Label("app", "web"); };
  const std::vector<Case> cases = {
      {web(),
       1,
       {},
       "DisruptionBudget",
       {"team-a/web",
        "PodDisruptionBudget team-a/web",
        "1 of its pods are healthy, 2 are required",
        "more"}},
      {web(), 1, Outcome::kBudgetStale, "BudgetNotYetObserved", {"team-a/web", "caught up"}},
      {web(), 2, Outcome::kTwoBudgets, "TwoBudgets", {"team-a/more, team-a/web", "delete one"}},
      {web(), 0, Outcome::kTerminating, "NamespaceTerminating", {"team-a/web", "namespace"}},
      {web(), 0, Outcome::kForbidden, "Forbidden", {"team-a/web", "quota says no"}},
      {web(),
       1,
       Outcome::kDenied,
       "AdmissionDenied",
       {"team-a/web", "quota says no", "tried again"}},
      {web(), 0, Outcome::kInvalid, "Refused", {"quota says no", "gracePeriodSeconds"}},
      {web().Terminating(After(300), 300), 1, {}, "Terminating", {base::FormatTime(After(300))}},
      {web().Terminating(After(-60), 30),
       0,
       {},
       "StuckTerminating",
       {base::FormatTime(After(-60)), "kubelet"}},
      {web().Terminating(After(-60), 30).Finalizer("x/y"), 0, {}, "Finalizer", {"x/y"}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.reason);
    Scene scene = OneNode();
    scene.Add("w", c.pod);
    for (const char* name : {"web", "more"}) {
      api::PodDisruptionBudget budget = BudgetFor("web", 0);
      budget.meta.name = name;
      budget.current_healthy = 1;
      budget.desired_healthy = 2;
      if (static_cast<int>(scene.budgets.size()) < c.budgets) {
        scene.Add(budget);
      }
    }
    if (c.answer) {
      SetAnswer(scene, "web", *c.answer);
    }
    const DrainRound round = RoundOf(scene);
    REQUIRE(round.obstacles.size() == 1);
    CHECK(NameOf(round.obstacles[0].by.reason) == c.reason);
    for (const std::string& words : c.said) {
      CAPTURE(SentenceOf(scene), words);
      CHECK(SentenceOf(scene).find(words) != std::string::npos);
    }
  }
}

TEST_CASE("a terminating pod is named when its grace is long, and again when it is late",
          "[planner]") {
  Scene scene = OneNode();
  scene.Add("w", PodBuilder("web").Terminating(After(5), 5));
  CHECK(Drain(scene).blocked.empty());
  CHECK(RoundOf(scene).wake_at == After(15));
  scene.Pass(14);
  CHECK(Drain(scene).blocked.empty());
  scene.Pass(1);
  CHECK(Drain(scene).blocked == Lines{"Pod team-a/web StuckTerminating"});
  scene.node("w").ready = false;
  CHECK(Drain(scene).blocked == Lines{"Pod team-a/web KubeletGone"});
  CHECK(SentenceOf(scene).find("out-of-service") != std::string::npos);
}

TEST_CASE("a pod whose eviction was accepted is not held by the budget that it has used up",
          "[planner]") {
  Scene scene = OneNode();
  scene.Add(BudgetFor("web", 0)).Add("w", PodBuilder("web").Label("app", "web"));
  CHECK(Drain(scene).blocked.size() == 1);
  SetAnswer(scene, "web", Outcome::kAccepted);
  CHECK(Drain(scene).blocked.empty());
}

TEST_CASE("an answer that another world was given is not shown any more", "[planner]") {
  Scene scene = OneNode();
  scene.Add(BudgetFor("web", 0)).Add("w", PodBuilder("web").Label("app", "web"));
  SetAnswer(scene, "web", GENERATE(Outcome::kNoBudget, Outcome::kTwoBudgets));
  CHECK(Drain(scene).blocked.size() == 1);
  SECTION("the budget was deleted") {
    scene.budgets.clear();
  }
  SECTION("the budget selects it no more") {
    scene.pods.at("w").at("team-a/web").meta.labels.clear();
  }
  SECTION("the budget has room") {
    scene.budgets.at("team-a/web").disruptions_allowed = 1;
  }
  CHECK(Drain(scene).blocked.empty());
}

TEST_CASE("a budget that more healthy pods do not help says so", "[planner]") {
  Scene scene = OneNode();
  scene.Add(BudgetFor("web", 0)).Add("w", PodBuilder("web").Label("app", "web"));
  const std::string helps = "it will once more of them are healthy";
  CHECK(SentenceOf(scene).find(helps) != std::string::npos);
  api::PodDisruptionBudget& budget = scene.budgets.at("team-a/web");
  SECTION("by its spec") {
    budget.max_unavailable = api::IntOrPercent{0, false};
    CHECK(SentenceOf(scene).find("(maxUnavailable: 0) and never will") != std::string::npos);
  }
  SECTION("its own node is down") {
    scene.node("w").ready = false;
    CHECK(SentenceOf(scene).find("the pod's own node is not Ready") != std::string::npos);
    CHECK(SentenceOf(scene).find(helps) == std::string::npos);
  }
  SECTION("its pods fit only this node") {
    scene.node("w").meta.labels["disk"] = "fast";
    scene.node("w").unschedulable = true;
    scene.pods["w"]["team-a/web"].placement.node_selector = {{"disk", "fast"}};
    CHECK(SentenceOf(scene).find("fit only this node") != std::string::npos);
    CHECK(SentenceOf(scene).find(helps) == std::string::npos);
  }
  SECTION("by its spec, which an operator manages") {
    budget.max_unavailable = api::IntOrPercent{0, false};
    budget.meta.controller = api::Owner{"CephCluster", "rook-ceph", "uid"};
    CHECK(SentenceOf(scene).find("managed by CephCluster rook-ceph") != std::string::npos);
    CHECK(SentenceOf(scene).find("delete") == std::string::npos);
  }
  SECTION("by its controller") {
    budget.sync_failure = "SyncFailed: found no controllers for pod";
    CHECK(SentenceOf(scene).find("found no controllers for pod") != std::string::npos);
  }
}

TEST_CASE("a server that gives no verdict on a pod again and again is shown", "[planner]") {
  const Outcome verdict = GENERATE(Outcome::kUnknown, Outcome::kConflict, Outcome::kOverload);
  const Means means = GENERATE(Means::kEvict, Means::kDelete);
  Scene scene = OneNode();
  scene.Add(BudgetFor("web", 1));
  scene.Add("w", PodBuilder("web").Label("app", "web"));
  scene.Add("w", PodBuilder("web-2").Label("app", "web"));
  SetAnswer(scene, "web", verdict);
  CHECK(Drain(scene, means).blocked.empty());
  for (auto& [key, answer] : scene.results) {
    answer.attempts = 3;
    answer.message = "failed calling webhook";
  }
  const Seen seen = Drain(scene, means);
  CHECK(seen.blocked == Lines{"Pod team-a/web ServerError"});
  CHECK(SentenceOf(scene, means).find("failed calling webhook") != std::string::npos);
  // An overloaded server is not asked for more; otherwise its sibling is tried.
  CHECK((seen.actions.size() == 1) == (means == Means::kEvict && verdict == Outcome::kOverload));
}

TEST_CASE("past the budgets nobody is asked, and the pods that stay still stay", "[planner]") {
  Scene scene = OneNode();
  scene.spec().drain.skip_pods = api::AnySelector{{api::LabelSelector{{{"keep", "me"}}, {}}}};
  scene.Add(BudgetFor("web", 0))
      .Add("w", PodBuilder("web-1").Label("app", "web"))
      .Add("w", PodBuilder("web-2").Label("app", "web"))
      .Add("w", PodBuilder("gone").Label("app", "web").Terminating(After(5), 5))
      .Add("w", PodBuilder("net").OwnedBy("DaemonSet", "net"))
      .Add("w", PodBuilder("static").Unmanaged().Mirror())
      .Add("w", PodBuilder("kept").Label("keep", "me"));
  const Seen seen = Drain(scene, Means::kDelete);
  CHECK(seen.actions == Lines{"DeletePod team-a/web-1", "DeletePod team-a/web-2"});
  CHECK(seen.blocked.empty());
  SetAnswer(scene, "web-1", Outcome::kForbidden);
  CHECK(Drain(scene, Means::kDelete).blocked == Lines{"Pod team-a/web-1 Forbidden"});
  CHECK(SentenceOf(scene, Means::kDelete).find("deploy/optional/delete-pods.yaml") !=
        std::string::npos);
}

TEST_CASE("a pod that landed late is not lost against the user's word", "[planner]") {
  Scene scene = OneNode();
  scene.spec().drain.unmanaged_pods = api::UnmanagedPods::kRefuse;
  scene.Add("w", PodBuilder("late").Unmanaged()).Add("w", PodBuilder("web"));
  for (const Means means : {Means::kEvict, Means::kDelete}) {
    const Seen seen = Drain(scene, means);
    CHECK(seen.actions.size() == 1);
    CHECK(seen.blocked == Lines{"Pod team-a/late RefusedByPolicy"});
  }
}

TEST_CASE("a pod that is already going is not evicted again", "[planner]") {
  Scene scene = OneNode();
  scene.Add("w", PodBuilder("web").Terminating(After(30), 30));
  CHECK(Drain(scene).actions.empty());
}

TEST_CASE("a pod that has ended holds the drain until its eviction is answered", "[planner]") {
  Scene scene = OneNode();
  scene.Add("w", PodBuilder("done").Phase(api::PodPhase::kSucceeded)).Add("w", PodBuilder("web"));
  const auto holds = [&](const std::string& name) {
    const World world = scene.MakeWorld();
    PodPlan plan;
    plan.pod = &scene.pods.at("w").at("team-a/" + name);
    plan.disposition = PodDisposition::kEvict;
    return HoldsDrain(world, plan);
  };
  CHECK(holds("done"));
  CHECK(holds("web"));
  SetAnswer(scene, "done", Outcome::kForbidden);
  SetAnswer(scene, "web", Outcome::kForbidden);
  CHECK_FALSE(holds("done"));
  CHECK(holds("web"));
}
