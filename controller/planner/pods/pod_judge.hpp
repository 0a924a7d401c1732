#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "planner/model/pod_plan.hpp"
#include "planner/model/world.hpp"
#include "planner/pods/budgets.hpp"
#include "planner/pods/kept_pods.hpp"

namespace cu::planner {

/// Judges pods by the rules of a drain: the filter table of kubectl drain (kubernetes/kubectl
/// pkg/drain/filters.go), budgets, spec.drain. Made once per plan or page.
class PodJudge {
 public:
  /// `deleted_templates`: UIDs of PodTemplates whose deletion was wanted. Both outlive it.
  PodJudge(const World& world, const std::set<std::string>& deleted_templates);

  PodPlan Judge(const api::Pod& pod) const;
  /// Those that select the pod.
  std::vector<const api::PodDisruptionBudget*> BudgetsOf(const api::Pod& pod) const {
    return budgets_.Of(pod);
  }
  NodePods JudgeNode(const api::ObjectMap<api::Pod>& pods) const;
  /// Of each node whose pods are watched and known to be whole, by node.
  std::map<std::string, NodePods> JudgeAll() const;

 private:
  PodDisposition DispositionOf(const api::Pod& pod) const;
  Comeback ComebackTo(const api::Pod& pod) const;

  const World* world_;
  const std::set<std::string>* deleted_templates_;
  BudgetIndex budgets_;
  KeptPods kept_;
  bool may_move_self_;  ///< another replica of ours is Ready on another node
};

}  // namespace cu::planner
