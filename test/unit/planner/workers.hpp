#pragma once
#include <string>

#include "unit/planner/instant_cluster.hpp"

/// Scenes of workers that wait for their upgrade behind a control plane that has had its own.
namespace cu::planner {

/// `count` workers worker-1… and one upgraded control-plane node.
inline Scene Workers(int count, const UpgradeBuilder& upgrade = UpgradeBuilder()) {
  Scene scene(upgrade);
  scene.Add(ControlPlaneNode("master").At(kNew));
  for (int i = 1; i <= count; ++i) {
    scene.Add(Worker("worker-" + std::to_string(i)));
  }
  return scene;
}

/// One worker "w" and one upgraded control-plane node.
inline Scene OneWorkerBehind() {
  Scene scene;
  scene.Add(ControlPlaneNode("master").At(kNew)).Add(Worker("w"));
  return scene;
}

/// All workers in one pool.
inline UpgradeBuilder OnePool(api::IntOrPercent unavailable) {
  return UpgradeBuilder().Pool("all", "", unavailable);
}

inline void AddFailure(Scene& scene, const std::string& node) {
  scene.status().failures.push_back(FailureOf(node));
}

/// A budget for pods labelled app=<app> that never allows an eviction.
inline api::PodDisruptionBudget NeverAllows(const std::string& app) {
  api::PodDisruptionBudget budget = BudgetFor(app, 0);
  budget.max_unavailable = api::IntOrPercent{0, false};
  return budget;
}

}  // namespace cu::planner
