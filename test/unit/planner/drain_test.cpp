#include "planner/drain.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/planner/scene.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

enum class Fate { kStays, kLeaves, kWaits };

Fate FateOf(const PodJudgement& judgement) {
  switch (judgement.fate) {
    case PodFate::kStays:
      return Fate::kStays;
    case PodFate::kLeaves:
      return Fate::kLeaves;
    case PodFate::kWaits:
      return Fate::kWaits;
  }
  return Fate::kStays;
}

struct Round {
  std::vector<std::string> acts;
  std::vector<std::string> blocked;
};

/// One drain round of all pods of node "w".
Round Drain(const Scene& scene) {
  const World world = scene.MakeWorld();
  const DrainRound round = NextEvictions(world, ViewDrain(world, scene.pods.at("w")).leaving);
  Round result{Describe(round.evictions), {}};
  for (const api::BlockedBy& by : round.blocked) {
    result.blocked.push_back(by.kind + " " + by.ns + "/" + by.name + " " + by.reason);
  }
  return result;
}

Scene OneNode() {
  Scene scene;
  scene.Add(Worker("w"));
  return scene;
}

void SetAnswer(Scene& scene, const std::string& pod, Verdict verdict) {
  const Act act = EvictPod{"team-a", pod, pod + "-uid", {}, ""};
  scene.answers[KeyOf(act)] = {verdict, 1, scene.now.steady, scene.now.wall, "no", ""};
}

}  // namespace

// The rows of kubectl drain's filter table (kubectl pkg/drain/filters.go), by number.
TEST_CASE("pods leave or stay as kubectl drain decides", "[planner]") {
  struct Case {
    const char* what;
    api::Pod pod;
    Fate fate;
    std::size_t losses;
    std::size_t refusals;  ///< with both policies at Refuse
  };
  const auto done = api::PodPhase::kSucceeded;
  const auto failed = api::PodPhase::kFailed;
  const std::vector<Case> cases = {
      {"replicated", PodBuilder("p"), Fate::kLeaves, 0, 0},
      {"2 DaemonSet", PodBuilder("p").OwnedBy("DaemonSet", "d"), Fate::kStays, 0, 0},
      {"2 DaemonSet with emptyDir",
       PodBuilder("p").OwnedBy("DaemonSet", "d").EmptyDir(),
       Fate::kStays,
       0,
       0},
      {"2 DaemonSet, finished",
       PodBuilder("p").OwnedBy("DaemonSet", "d").Phase(done),
       Fate::kLeaves,
       0,
       0},
      {"3 mirror", PodBuilder("p").Alone().Mirror(), Fate::kStays, 0, 0},
      {"4 emptyDir", PodBuilder("p").EmptyDir(), Fate::kLeaves, 1, 1},
      {"4 emptyDir, finished", PodBuilder("p").EmptyDir().Phase(failed), Fate::kLeaves, 0, 0},
      {"5 alone", PodBuilder("p").Alone(), Fate::kLeaves, 1, 1},
      {"5 alone, finished", PodBuilder("p").Alone().Phase(done), Fate::kLeaves, 0, 0},
      {"4 and 5: both warnings are kept", PodBuilder("p").Alone().EmptyDir(), Fate::kLeaves, 2, 2},
      {"already leaving: nothing more is lost by us",
       PodBuilder("p").Alone().EmptyDir().Deleted(After(30), 30),
       Fate::kLeaves,
       0,
       0},
      {"6 selected by skipPods", PodBuilder("p").Alone().Label("keep", "me"), Fate::kStays, 0, 0},
      {"a pod of an upgrade Job",
       PodBuilder("p").In(kJobNamespace).Label(std::string(api::kJobUpgrade), "production"),
       Fate::kStays,
       0,
       0},
      {"the same label elsewhere protects nothing",
       PodBuilder("p").Label(std::string(api::kJobUpgrade), "production"),
       Fate::kLeaves,
       0,
       0},
  };
  for (const Case& c : cases) {
    CAPTURE(c.what);
    Scene scene = OneNode();
    scene.spec().drain.skip_pods = api::LabelSelector{{{"keep", "me"}}, {}};
    const PodJudgement evict = JudgePod(scene.MakeWorld(), c.pod);
    CHECK(FateOf(evict) == c.fate);
    CHECK(evict.losses.size() == c.losses);
    CHECK(evict.refusals.empty());

    scene.spec().drain.unmanaged_pods = api::UnmanagedPods::kRefuse;
    scene.spec().drain.empty_dir_pods = api::EmptyDirPods::kRefuse;
    CHECK(JudgePod(scene.MakeWorld(), c.pod).refusals.size() == c.refusals);
  }
}

TEST_CASE("our own pod leaves last, and only when another replica can take over", "[planner]") {
  Scene scene = OneNode();
  scene.self.pod = "system/me";
  scene.self.node = "w";
  scene.open.insert({InterestKind::kOwnReplicas, ""});
  scene.Add("w", PodBuilder("me").In("system")).Add("w", PodBuilder("web"));
  const auto leaving = [&] { return Drain(scene).acts; };

  CHECK(leaving() == std::vector<std::string>{"Evict team-a/web"});
  scene.pods["w"].erase("team-a/web");
  CHECK(leaving().empty());

  scene.replicas["system/other"] = PodBuilder("other").In("system").On("w");
  CHECK(leaving().empty());  // on the same node
  scene.replicas["system/other"] = PodBuilder("other").In("system").On("v").NotReady();
  CHECK(leaving().empty());
  scene.replicas["system/other"] = PodBuilder("other").In("system").On("v");
  CHECK(leaving() == std::vector<std::string>{"Evict system/me"});

  scene.Add("w", PodBuilder("web"));
  CHECK(leaving() == std::vector<std::string>{"Evict team-a/web"});
}

TEST_CASE("a budget is asked for as many evictions as it allows, at least one", "[planner]") {
  const auto evicted = [](int allowed) {
    Scene scene = OneNode();
    scene.Add(BudgetFor("web", allowed));
    for (const char* name : {"web-1", "web-2", "web-3"}) {
      scene.Add("w", PodBuilder(name).Label("app", "web"));
    }
    scene.Add("w", PodBuilder("free"));
    return Drain(scene).acts.size() - 1;
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
  CHECK(Drain(scene).acts ==
        std::vector<std::string>{"Evict team-a/web-1", "Evict team-a/web-2", "Evict team-a/web-3"});
}

TEST_CASE("an eviction names its UID, its grace and what its budgets looked like", "[planner]") {
  Scene scene = OneNode();
  scene.spec().drain.grace_period_seconds = 7;
  scene.Add(BudgetFor("web", 1)).Add(BudgetFor("api", 1));
  scene.budgets["team-a/api"].selector = api::LabelSelector{};
  scene.budgets["team-a/none"] = BudgetFor("none", 1);
  scene.budgets["team-a/none"].selector.reset();
  scene.Add("w", PodBuilder("web-1").Label("app", "web"));
  const World world = scene.MakeWorld();
  const auto round = NextEvictions(world, ViewDrain(world, scene.pods["w"]).leaving);
  const auto& eviction = std::get<EvictPod>(round.evictions.at(0));
  CHECK(eviction.uid == "web-1-uid");
  CHECK(eviction.grace_seconds == 7);
  CHECK(eviction.budget == "team-a/api@1,team-a/web@1");
}

TEST_CASE("budgets of other namespaces do not count", "[planner]") {
  Scene scene = OneNode();
  scene.Add(BudgetFor("web", 0));
  scene.Add("w", PodBuilder("web-1").In("team-b").Label("app", "web"));
  CHECK(Drain(scene).blocked.empty());
}

TEST_CASE("what blocks a drain has a name and a reason", "[planner]") {
  struct Case {
    const char* what;
    api::Pod pod;
    int budgets;
    std::optional<Verdict> answer;
    std::vector<std::string> blocked;
  };
  const auto web = [] { return PodBuilder("web").Label("app", "web"); };
  const std::string budget = "PodDisruptionBudget team-a/web ";
  const std::string pod = "Pod team-a/web ";
  const std::vector<Case> cases = {
      {"nothing", web(), 0, {}, {}},
      {"empty budget", web(), 1, {}, {budget + "DisruptionBudget"}},
      {"empty budget, and the server says so",
       web(),
       1,
       Verdict::kNoBudget,
       {budget + "DisruptionBudget"}},
      {"stale budget",
       web(),
       1,
       Verdict::kBudgetStale,
       {budget + "DisruptionBudget", budget + "BudgetNotYetObserved"}},
      {"two budgets", web(), 2, Verdict::kTwoBudgets, {pod + "TwoBudgets"}},
      {"namespace goes", web(), 0, Verdict::kTerminating, {pod + "NamespaceTerminating"}},
      {"forbidden", web(), 0, Verdict::kForbidden, {pod + "Forbidden"}},
      {"refused", web(), 0, Verdict::kInvalid, {pod + "Refused"}},
      {"overload is no block", web(), 0, Verdict::kOverload, {}},
      {"gone is no block", web(), 0, Verdict::kGone, {}},
      {"short grace", web().Deleted(After(5), 5), 0, {}, {}},
      {"long grace", web().Deleted(After(300), 300), 1, {}, {pod + "Terminating"}},
      {"stuck", web().Deleted(After(-60), 30), 0, {}, {pod + "StuckTerminating"}},
      {"held", web().Deleted(After(-60), 30).Finalizer("x/y"), 0, {}, {pod + "Finalizer"}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.what);
    Scene scene = OneNode();
    scene.Add("w", c.pod);
    if (c.budgets > 0) {
      scene.Add(BudgetFor("web", 0));
    }
    if (c.budgets > 1) {
      scene.budgets["team-a/more"] = BudgetFor("web", 0);
      scene.budgets["team-a/more"].meta.name = "more";
    }
    if (c.answer) {
      SetAnswer(scene, "web", *c.answer);
    }
    CHECK(Drain(scene).blocked == c.blocked);
  }
}

TEST_CASE("a pod that is already going is not evicted again", "[planner]") {
  Scene scene = OneNode();
  scene.Add("w", PodBuilder("web").Deleted(After(30), 30));
  CHECK(Drain(scene).acts.empty());
}

TEST_CASE("DaemonSets that were Ready are remembered, others not", "[planner]") {
  api::ObjectMap<api::Pod> pods;
  const auto add = [&](const api::Pod& pod) { pods[pod.meta.Key()] = pod; };
  add(PodBuilder("a").OwnedBy("DaemonSet", "net"));
  add(PodBuilder("b").OwnedBy("DaemonSet", "logs").NotReady());
  add(PodBuilder("c").OwnedBy("DaemonSet", "old").Deleted(After(1), 1));
  add(PodBuilder("d"));
  CHECK(ReadyDaemonSets(pods) == std::vector<std::string>{"team-a/net"});
}
