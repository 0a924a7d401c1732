#include "planner/gates/recovery.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/text.hpp"
#include "planner/nodes/recovering.hpp"
#include "planner/nodes/steps.hpp"
#include "planner/pods/workload_counts.hpp"

namespace cu::planner {
namespace {

using api::HoldReason;

constexpr std::size_t kNamesShown = 3;

bool IsWaitedFor(const Planning& planning, const api::Workload& workload) {
  const auto& recovering = planning.status().recovering;
  return std::any_of(recovering.begin(), recovering.end(), [&](const auto& entry) {
    return entry.workload == workload && !entry.timed_out;
  });
}

}  // namespace

RecoveryGate::RecoveryGate(const Planning& planning, int budget)
    : planning_(planning), budget_(budget) {
  for (const api::NodeInWork& entry : planning.status().in_progress) {
    leaving_.insert(entry.name);
    if (AwaitsDrain(entry)) {
      unrecovered_.insert(entry.name);
    }
  }
  for (const api::RecoveringWorkload& recovering : planning.status().recovering) {
    if (!recovering.timed_out && !recovering.fewer) {
      unrecovered_.insert(recovering.nodes.begin(), recovering.nodes.end());
    }
  }
}

std::optional<Hold> RecoveryGate::Ask(const NodeView& view, Contribution& add) const {
  const NodePods* pods = planning_.PodsOf(view.name());
  if (!WaitsForWorkloads(planning_) || !planning_.IsToBeDrained(view) || pods == nullptr) {
    return std::nullopt;
  }
  if (auto hold = AskForNodes()) {
    return hold;
  }
  const std::set<api::Workload> workloads = WorkloadsOn(*pods);
  if (const auto unknown = WatchWorkloads(planning_, workloads, add)) {
    return Hold::Passing(HoldReason::kLookingAtNode,
                         "checking the workloads on " + view.name() + ": the pods of namespace " +
                             *unknown + " are being listed");
  }
  const auto& recovering = planning_.status().recovering;
  const auto known = static_cast<std::size_t>(std::count_if(
      recovering.begin(), recovering.end(), [](const auto& one) { return !one.timed_out; }));
  if (known > 0 && known + workloads.size() > kRecoveringMax) {
    return Hold::Passing(HoldReason::kWaitingForWorkloads,
                         std::to_string(known) +
                             " workloads have fewer Ready pods than before their pods were "
                             "evicted, and no more than " +
                             std::to_string(kRecoveringMax) + " are watched at a time");
  }
  return AskForLastPods(workloads, view.name());
}

/// Shown with the names, and since when.
std::optional<Hold> RecoveryGate::AskForNodes() const {
  const std::size_t started = leaving_.size() - planning_.status().in_progress.size();
  if (static_cast<int>(unrecovered_.size() + started) < budget_) {
    return std::nullopt;
  }
  base::NameList names(kNamesShown);
  std::optional<base::WallTime> until;
  for (const api::RecoveringWorkload& recovering : planning_.status().recovering) {
    if (recovering.timed_out || recovering.fewer || !recovering.since) {
      continue;
    }
    names.Add([&] {
      return recovering.workload.Text() + " (since " + base::FormatTime(*recovering.since) + ")";
    });
    const auto end =
        *recovering.since + std::chrono::seconds(planning_.spec().drain.recovery_timeout_seconds);
    until = std::max(until.value_or(end), end);
  }
  if (!until) {
    return Hold::Passing(HoldReason::kWaitingForWorkloads,
                         "waiting for the drains in progress before the next node is drained");
  }
  return Hold::Passing(
      HoldReason::kWaitingForWorkloads,
      "waiting until workloads have as many Ready pods as before their pods were evicted: " +
          names.Text() + "; the upgrade continues at " + base::FormatTime(*until) +
          " at the latest");
}

std::optional<Hold> RecoveryGate::AskForLastPods(const std::set<api::Workload>& workloads,
                                                 const std::string& node) const {
  base::NameList names(kNamesShown);
  for (const auto& [workload, count] : CountWorkloads(planning_, workloads)) {
    const bool elsewhere =
        std::any_of(count.ready_on.begin(), count.ready_on.end(), [&](const auto& on) {
          return on.first != node && !leaving_.contains(on.first);
        });
    const bool spread = count.ready_on.size() > 1 || IsWaitedFor(planning_, workload);
    if (spread && !elsewhere && count.ready_on.contains(node)) {
      names.Add([&workload = workload] { return workload.Text(); });
    }
  }
  if (names.empty()) {
    return std::nullopt;
  }
  return Hold::Passing(HoldReason::kWaitingForWorkloads,
                       "draining " + node + " now would leave no Ready pod to " + names.Text());
}

}  // namespace cu::planner
