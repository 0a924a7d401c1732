#include "planner/gates/budget_notes.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/planner/scene.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

Scene TwoWorkers() {
  Scene scene;
  scene.Add(Worker("w-1").Label("disk", "fast")).Add(Worker("w-2"));
  return scene;
}

/// A budget that lets one pod go, and counts so many healthy ones of three.
api::PodDisruptionBudget WithHealthy(int healthy) {
  api::PodDisruptionBudget budget = BudgetFor("web", healthy - 2);
  budget.max_unavailable = api::IntOrPercent{1, false};
  budget.observed_generation = 1;
  budget.current_healthy = healthy;
  budget.desired_healthy = 2;
  budget.expected_pods = 3;
  return budget;
}

PodBuilder Web(const std::string& name) {
  return PodBuilder(name).Label("app", "web");
}

Lines Found(const Scene& scene) {
  Lines lines;
  for (const Finding& finding : scene.LookAtAllPods().findings) {
    lines.push_back(LineOf(finding));
  }
  return lines;
}

}  // namespace

TEST_CASE("a budget that allows none now names the pods that are not healthy", "[planner]") {
  Scene scene = TwoWorkers();
  scene.Add(WithHealthy(2)).Add("w-1", Web("web-1")).Add("w-1", Web("web-2"));
  api::Pod bad = Web("web-3").NotReady();
  bad.problem = "CrashLoopBackOff: back-off 5m0s";
  scene.Add("w-2", bad);
  CHECK(
      Found(scene) ==
      Lines{"BudgetAllowsNoneNow team-a/web: the PodDisruptionBudget allows no eviction now: 2 of "
            "its 3 pods are healthy, 2 are required; not healthy: web-3 (CrashLoopBackOff: "
            "back-off 5m0s on w-2); make them healthy, or the drain will wait"});
  SECTION("one that has ended is counted by it too") {
    scene.Add("w-2", Web("web-3").Phase(api::PodPhase::kSucceeded));
    CHECK(Found(scene).at(0).find("web-3 (it has ended on w-2)") != std::string::npos);
  }
  SECTION("it allows one") {
    scene.Add(WithHealthy(3));
    CHECK(Found(scene).empty());
  }
  SECTION("none of its pods leaves") {
    scene.pods["w-1"].clear();
    scene.pods["w-2"].clear();
    CHECK(Found(scene).empty());
  }
}

TEST_CASE("more pinned pods than their budget lets go at a time are a dead end", "[planner]") {
  Scene scene = TwoWorkers();
  scene.Add(WithHealthy(3));
  const auto pinned = [](const std::string& name) {
    api::Pod pod = Web(name);
    pod.placement.node_selector = {{"disk", "fast"}};
    return pod;
  };
  const auto is_found = [&] {
    const Lines found = Found(scene);
    return std::count_if(found.begin(), found.end(), [](const std::string& line) {
             return line.starts_with(
                 "PinnedUnderBudget team-a/web: 2 of its pods fit only node w-1");
           }) == 1;
  };
  scene.Add("w-1", pinned("web-1"));
  CHECK_FALSE(is_found());
  scene.Add("w-1", pinned("web-2"));
  CHECK(is_found());
  scene.budgets.at("team-a/web").disruptions_allowed = 2;
  CHECK_FALSE(is_found());
}
