#include "planner/pods/budgets.hpp"

#include <optional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/planner/scene.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

using Percent = api::IntOrPercent;

api::PodDisruptionBudget WithMin(Percent least, int pods) {
  api::PodDisruptionBudget budget = BudgetFor("web", 0);
  budget.min_available = least;
  budget.expected_pods = pods;
  return budget;
}

}  // namespace

TEST_CASE("a budget selects pods of its namespace by its labels", "[planner]") {
  api::ObjectMap<api::PodDisruptionBudget> budgets;
  const auto add = [&](api::PodDisruptionBudget budget) { budgets[budget.meta.Key()] = budget; };
  add(BudgetFor("web", 1));
  api::PodDisruptionBudget all = BudgetFor("all", 1);
  all.selector = api::LabelSelector{};
  add(all);
  api::PodDisruptionBudget none = BudgetFor("none", 1);
  none.selector.reset();
  add(none);
  const BudgetIndex index(budgets);
  const auto of = [&](const api::Pod& pod) {
    Lines names;
    for (const BudgetRef& ref : RefsOf(index.Of(pod))) {
      names.push_back(ref.key + " " + ref.resource_version);
    }
    return names;
  };
  CHECK(of(PodBuilder("p").Label("app", "web")) == Lines{"team-a/all 1", "team-a/web 1"});
  CHECK(of(PodBuilder("p")) == Lines{"team-a/all 1"});
  CHECK(of(PodBuilder("p").In("team-b").Label("app", "web")).empty());
}

TEST_CASE("a budget never allows an eviction by its spec alone", "[planner]") {
  const auto why = [](std::optional<Percent> most, std::optional<Percent> least) {
    api::PodDisruptionBudget budget = BudgetFor("web", 5);
    budget.max_unavailable = most;
    budget.min_available = least;
    return WhyNeverAllows(budget);
  };
  CHECK(why(Percent{0, false}, {}) == "maxUnavailable: 0");
  CHECK(why(Percent{0, true}, {}) == "maxUnavailable: 0%");
  CHECK(why({}, Percent{100, true}) == "minAvailable: 100%");
  CHECK(why({}, Percent{120, true}) == "minAvailable: 120%");
  CHECK(why({}, Percent{99, true}).empty());
  CHECK(why({}, Percent{100, false}).empty());
  CHECK(why(Percent{1, false}, {}).empty());
  CHECK(why({}, {}).empty());
}

TEST_CASE("a budget leaves no room among the pods that there are", "[planner]") {
  const auto why = [](Percent least, int pods) { return WhyAllowsNoneNow(WithMin(least, pods)); };
  CHECK(why({3, false}, 3) == "minAvailable: 3");
  CHECK(why({4, false}, 3) == "minAvailable: 4");
  CHECK(why({2, false}, 3).empty());
  CHECK(why({67, true}, 3) == "minAvailable: 67%");  // rounded up
  CHECK(why({66, true}, 3).empty());
  CHECK(why({1, false}, 0).empty());  // not counted yet
  CHECK(WhyAllowsNoneNow(BudgetFor("web", 0)).empty());
}

TEST_CASE("a budget whose pods are not counted says so while it allows nothing", "[planner]") {
  api::PodDisruptionBudget budget = BudgetFor("web", 0);
  CHECK(WhyUncounted(budget).empty());
  budget.observed_generation = 1;
  CHECK(WhyUncounted(budget) == "its controller counts none of its pods");
  budget.expected_pods = 1;
  CHECK(WhyUncounted(budget).empty());
  budget.sync_failure = "no scale";
  CHECK(WhyUncounted(budget) == "its controller cannot count its pods (no scale)");
  budget.disruptions_allowed = 1;
  CHECK(WhyUncounted(budget).empty());
}

TEST_CASE("a budget whose status allows none says how many pods are healthy", "[planner]") {
  api::PodDisruptionBudget budget = BudgetFor("web", 0);
  budget.current_healthy = 2;
  budget.desired_healthy = 2;
  budget.expected_pods = 3;
  CHECK(WhyTooFewHealthy(budget).empty());  // its controller has not looked at it yet
  budget.observed_generation = 1;
  CHECK(WhyTooFewHealthy(budget) == "2 of its 3 pods are healthy, 2 are required");
  budget.disruptions_allowed = 1;
  CHECK(WhyTooFewHealthy(budget).empty());
}

TEST_CASE("nobody is told to delete a budget that somebody manages", "[planner]") {
  api::PodDisruptionBudget budget = BudgetFor("web", 0);
  CHECK(AdviceFor(budget) == "relax or delete it for the upgrade");
  budget.meta.labels["app.kubernetes.io/managed-by"] = "Helm";
  CHECK(AdviceFor(budget).starts_with("it is managed by Helm: wait"));
  budget.meta.owner = api::Owner{"CephCluster", "rook-ceph", "uid"};
  CHECK(AdviceFor(budget).starts_with("it is managed by CephCluster rook-ceph: wait"));
  budget.meta.controller = api::Owner{"Database", "main", "uid"};
  CHECK(AdviceFor(budget).starts_with("it is managed by Database main: wait"));
}
