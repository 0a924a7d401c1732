#include "core/telemetry/progress.hpp"

#include <algorithm>
#include <chrono>

#include "api/names.hpp"
#include "base/histogram.hpp"
#include "planner/tokens/key_change.hpp"

namespace cu::core {
namespace {

using api::ClusterUpgradeStatus;
using base::LogLevel;
using base::LogRecord;

// From a cordon, which takes a second, to a drain or a reboot, which may take an hour.
const std::vector<double> kStepBounds = {1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600};

const api::NodeInWork* Find(const ClusterUpgradeStatus& status, const api::NodeInWork& node) {
  const auto found =
      std::find_if(status.in_progress.begin(), status.in_progress.end(), [&](const auto& other) {
        return other.name == node.name && other.uid == node.uid;
      });
  return found == status.in_progress.end() ? nullptr : &*found;
}

bool Contains(const ClusterUpgradeStatus& status, const api::NodeFailure& failure) {
  return std::any_of(status.failures.begin(), status.failures.end(), [&](const auto& other) {
    return other.uid == failure.uid && other.time == failure.time && other.reason == failure.reason;
  });
}

double Seconds(base::WallTime from, base::WallTime to) {
  return std::max(0.0, std::chrono::duration<double>(to - from).count());
}

LogRecord StepLine(const std::string& upgrade, const api::NodeInWork& node) {
  return {LogLevel::kInfo,
          "node step",
          {{"upgrade", upgrade},
           {"node", node.name},
           {"step", api::NameOf(node.step)},
           {"version", node.version},
           {"attempt", std::to_string(node.attempt)}}};
}

void NodeLines(const std::string& upgrade,
               const ClusterUpgradeStatus& before,
               const ClusterUpgradeStatus& after,
               std::vector<LogRecord>& lines) {
  for (const api::NodeInWork& node : after.in_progress) {
    const api::NodeInWork* earlier = Find(before, node);
    if (earlier == nullptr || earlier->step != node.step || earlier->attempt != node.attempt) {
      lines.push_back(StepLine(upgrade, node));
    }
  }
  for (const api::NodeInWork& node : before.in_progress) {
    if (Find(after, node) == nullptr) {
      lines.push_back({LogLevel::kInfo,
                       "node no longer in progress",
                       {{"upgrade", upgrade}, {"node", node.name}, {"version", node.version}}});
    }
  }
  for (const api::NodeFailure& failure : after.failures) {
    if (!Contains(before, failure)) {
      lines.push_back({LogLevel::kError,
                       "node failed",
                       {{"upgrade", upgrade},
                        {"node", failure.name},
                        {"reason", api::NameOf(failure.reason)},
                        {"message", failure.message}}});
    }
  }
}

void ConditionLines(const std::string& upgrade,
                    const ClusterUpgradeStatus& before,
                    const ClusterUpgradeStatus& after,
                    std::vector<LogRecord>& lines) {
  for (const api::Condition& condition : after.conditions) {
    const auto earlier =
        std::find_if(before.conditions.begin(), before.conditions.end(), [&](const auto& other) {
          return other.type == condition.type;
        });
    // Ready, Reconciling and Stalled share their reason: one of them tells it.
    const bool same =
        earlier != before.conditions.end() && earlier->status == condition.status &&
        (earlier->reason == condition.reason || condition.type != api::ConditionType::kReady);
    if (same) {
      continue;
    }
    const bool stalled = condition.type == api::ConditionType::kStalled &&
                         condition.status == api::ConditionStatus::kTrue;
    lines.push_back({stalled ? LogLevel::kError : LogLevel::kInfo,
                     "condition",
                     {{"upgrade", upgrade},
                      {"type", api::NameOf(condition.type)},
                      {"status", api::NameOf(condition.status)},
                      {"reason", condition.reason},
                      {"message", condition.message}}});
  }
}

}  // namespace

Progress::Progress() {
  for (const auto& [name, step] : api::kNodeSteps) {
    step_seconds_.emplace(name, base::Histogram(kStepBounds));
  }
}

std::vector<LogRecord> Progress::Committed(const std::string& upgrade,
                                           const ClusterUpgradeStatus& before,
                                           const ClusterUpgradeStatus& after,
                                           base::WallTime now) {
  Steps(before, after, now);
  for (const api::NodeFailure& failure : after.failures) {
    if (!Contains(before, failure)) {
      ++node_failures_[api::NameOf(failure.reason)];
    }
  }
  if (const auto& tokens = after.token_refresh; tokens && planner::IsNewChange(before, after)) {
    ++key_changes_[api::FindName(api::kTokenUrgencies, tokens->change->urgency)];
  }
  if (before.token_refresh && after.token_refresh) {
    const api::TokenRefreshStatus& was = *before.token_refresh;
    const api::TokenRefreshStatus& is = *after.token_refresh;
    refreshed_["replaced"] += static_cast<std::uint64_t>(std::max(0, is.replaced - was.replaced));
    refreshed_["failed"] += is.failures.size() - std::min(is.failures.size(), was.failures.size());
  }
  std::vector<LogRecord> lines;
  NodeLines(upgrade, before, after, lines);
  ConditionLines(upgrade, before, after, lines);
  return lines;
}

void Progress::Steps(const ClusterUpgradeStatus& before,
                     const ClusterUpgradeStatus& after,
                     base::WallTime now) {
  for (const api::NodeInWork& node : before.in_progress) {
    const api::NodeInWork* later = Find(after, node);
    if (later != nullptr && later->step == node.step) {
      continue;
    }
    const base::WallTime end = later != nullptr ? later->step_time : now;
    step_seconds_.at(api::NameOf(node.step)).Observe(Seconds(node.step_time, end));
  }
}

}  // namespace cu::core
