#pragma once
#include <string>
#include <vector>

#include "planner/model/finding.hpp"
#include "planner/model/planning.hpp"

/// What is to be said of pods before they are moved. Private to planner/.
namespace cu::planner {

/// Of one pod. Pre: plan.moves().
void FindInPod(const World& world, const PodPlan& plan, FindingBook& book);
/// Whether its eviction asks its budgets, and is not left to spec.drain.waitForPods.
bool AsksBudgets(const World& world, const PodPlan& plan);
/// Whether the budget holds the pod as it is.
bool Binds(const api::PodDisruptionBudget& budget, const api::Pod& pod);
/// Of a pod that has been terminating for too long already.
void FindHanging(const World& world, const PodPlan& plan, FindingBook& book);
/// It fits no other node, `by` that.
Finding PinnedPod(const api::Pod& pod, const std::string& by);

/// Of one node, from its own pods and what depends on them. Pre: KnowsWebhooks.
std::vector<Finding> FindOnNode(const Planning& planning,
                                const std::string& node,
                                const NodePods& pods);

/// "2 findings: TwoBudgets shop/web-1: …; …", beyond 20 of them types and objects alone; at most
/// 20,000 bytes.
std::string DescribeFindings(const std::vector<Finding>& findings);

}  // namespace cu::planner
