#include "planner/gates/start.hpp"

#include <algorithm>
#include <iterator>

#include "base/text.hpp"
#include "planner/gates/node_findings.hpp"
#include "planner/gates/pool_use.hpp"
#include "planner/gates/recovery.hpp"
#include "planner/gates/turn.hpp"
#include "planner/gates/webhook_findings.hpp"
#include "planner/nodes/attempts.hpp"
#include "planner/nodes/deleted_nodes.hpp"
#include "planner/nodes/steps.hpp"

namespace cu::planner {
namespace {

using api::HoldReason;

constexpr std::size_t kNamesShown = 3;

/// Whoever closes a budget between two nodes opens it again, as a rule (Rook does so): for so long
/// that is waited for before a person is asked.
constexpr auto kBudgetsMayOpen = std::chrono::minutes(15);

/// kWaits  only budgets keep it from being drained, and the upgrade has begun: that may pass
enum class Fitness { kFit, kUnknown, kWaits, kRefused };

bool OnlyBudgets(const std::vector<Finding>& blocking) {
  return std::all_of(blocking.begin(), blocking.end(), [](const Finding& finding) {
    return finding.type == api::FindingType::kBudgetNeverAllows ||
           finding.type == api::FindingType::kTwoBudgets;
  });
}

bool WillDrain(const Planning& planning, const NodeView& view) {
  return HasStep(NextStage(planning, *view.scoped), api::NodeStep::kDraining) &&
         NeedsDrain(planning.spec().drain, view.node().kubelet_version, planning.hop().target.text);
}

/// Judges a node by its own pods. `memory` keeps why it may not be drained.
Fitness JudgeNode(const Planning& planning,
                  const NodeView& view,
                  GateMemory& memory,
                  Contribution& add) {
  add.Watch(WatchKind::kPodsOnNode, view.name());
  const bool drains = WillDrain(planning, view);
  if (drains) {
    WatchWebhooks(planning, add);
  }
  const NodePods* pods = planning.PodsOf(view.name());
  if (pods == nullptr || (drains && !KnowsWebhooks(planning))) {
    return Fitness::kUnknown;
  }
  memory.refused_nodes.erase(view.name());
  const auto held = memory.held_by_budgets.extract(view.name());
  if (!drains) {
    return Fitness::kFit;
  }
  std::vector<Finding> warnings = FindOnNode(planning, view.name(), *pods);
  std::vector<Finding> blocking;
  const auto first_blocking = std::stable_partition(
      warnings.begin(), warnings.end(), [](const Finding& finding) { return !finding.blocks; });
  blocking.assign(std::make_move_iterator(first_blocking), std::make_move_iterator(warnings.end()));
  warnings.erase(first_blocking, warnings.end());
  if (!blocking.empty() && OnlyBudgets(blocking) && planning.HasBegun()) {
    const base::SteadyTime now = planning.world().now.steady;
    const base::SteadyTime since = held.empty() ? now : held.mapped().since;
    memory.held_by_budgets[view.name()] = {
        since, "node " + view.name() + ", " + DescribeFindings(blocking)};
    if (now < since + kBudgetsMayOpen) {
      add.WakeAt(since + kBudgetsMayOpen);
      return Fitness::kWaits;
    }
  }
  if (!blocking.empty()) {
    memory.refused_nodes[view.name()] =
        "node " + view.name() + " cannot be drained, " + DescribeFindings(blocking);
    for (Finding& finding : blocking) {
      add.refusals.push_back(std::move(finding));
    }
    return Fitness::kRefused;
  }
  for (Finding& finding : warnings) {
    add.Warn(std::move(finding));
  }
  return Fitness::kFit;
}

/// What is not known yet of a node that is to be judged.
std::string DescribeLook(const Planning& planning, const NodeView& view) {
  return planning.PodsOf(view.name()) == nullptr ? "checking the pods on " + view.name()
                                                 : "checking the admission webhooks";
}

/// Unless what earlier drains evicted is waited for first.
std::optional<Hold> Take(const Planning& planning,
                         const NodeView& view,
                         RecoveryGate& recovery,
                         Contribution& add) {
  if (!WillDrain(planning, view)) {
    return std::nullopt;
  }
  std::optional<Hold> hold = recovery.Ask(view, add);
  if (!hold) {
    recovery.Take(view);
  }
  return hold;
}

/// What keeps the rest of the pool waiting once nobody else can be started.
std::optional<Hold> HoldOfRest(const Planning& planning,
                               const PoolUse& use,
                               const std::vector<std::string>& refusals,
                               const GateMemory& memory) {
  if (!refusals.empty()) {
    // The others of the pool have gone on.
    return Hold::NeedsPerson(HoldReason::kPreflightRefused, base::JoinNames(refusals, kNamesShown));
  }
  if (!memory.held_by_budgets.empty()) {
    std::vector<std::string> held;
    for (const auto& [name, node] : memory.held_by_budgets) {
      held.push_back(node.why);
    }
    return Hold::Passing(HoldReason::kWaitingForBudgets,
                         "waiting for PodDisruptionBudgets: " + base::JoinNames(held, kNamesShown));
  }
  if (!use.unhealthy.empty()) {
    return Hold::Passing(
        HoldReason::kWaitingForNodes,
        "waiting for nodes that are not Ready: " + base::JoinNames(use.unhealthy, kNamesShown));
  }
  if (use.awaits_replacement) {
    return Hold::Passing(HoldReason::kWaitingForReplacement, DescribeAwaited(planning.status()));
  }
  if (!use.with_job.empty()) {
    return Hold::Passing(HoldReason::kWaitingForJob,
                         "waiting for the upgrade Jobs that still run on " +
                             base::JoinNames(use.with_job, kNamesShown) +
                             ", already at the version");
  }
  return std::nullopt;
}

}  // namespace

GateResult AskStart(const Planning& planning, GateMemory& memory) {
  const std::string pool = PoolInTurn(planning);
  PoolUse use = UseOf(planning, pool);
  const Candidates candidates(planning);
  RecoveryGate recovery(planning, use.budget);
  GateResult result;
  std::vector<std::string> refusals;
  if (!planning.status().in_progress.empty()) {
    memory.held_by_budgets.clear();  // what is in work may be why they are closed
  }
  for (const NodeView& view : planning.nodes()) {
    if (!candidates.Has(view) || view.scoped->pool != pool || !view.ready ||
        (view.at_target && !view.due)) {
      continue;
    }
    const std::size_t in_work = planning.status().in_progress.size() + result.start.size();
    if (use.unavailable >= use.budget || in_work >= kInWorkMax || refusals.size() >= kInWorkMax) {
      break;
    }
    switch (JudgeNode(planning, view, memory, result.add)) {
      case Fitness::kUnknown:
        // The order of names is kept.
        result.hold = Hold::Passing(HoldReason::kLookingAtNode, DescribeLook(planning, view));
        return result;
      case Fitness::kWaits:
        break;
      case Fitness::kRefused:
        refusals.push_back(memory.refused_nodes.at(view.name()));
        break;
      case Fitness::kFit:
        if ((result.hold = Take(planning, view, recovery, result.add))) {
          return result;
        }
        result.start.push_back(&view);
        ++use.unavailable;
        break;
    }
  }
  result.hold = HoldOfRest(planning, use, refusals, memory);
  return result;
}

}  // namespace cu::planner
