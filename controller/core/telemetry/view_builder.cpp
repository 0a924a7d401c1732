#include "core/telemetry/view_builder.hpp"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "api/names.hpp"
#include "planner/target/node_state.hpp"

namespace cu::core {
namespace {

using api::ClusterUpgrade;
using api::ClusterUpgradeStatus;

/// "3/6" as 0.5; nothing in scope is nothing left to do only if the controller said Ready.
double Ratio(const std::string& progress) {
  int done = 0;
  int of = 0;
  const char* end = progress.data() + progress.size();
  const auto first = std::from_chars(progress.data(), end, done);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != '/') {
    return 0;
  }
  const auto second = std::from_chars(first.ptr + 1, end, of);
  return second.ec == std::errc() && of > 0 ? static_cast<double>(done) / of : 0;
}

std::map<PoolState, int> CountNodes(const ClusterUpgrade& upgrade, const planner::Scope& scope) {
  std::map<PoolState, int> counts;
  const planner::NodeStates states(scope, upgrade.status, upgrade.spec.run_id);
  for (const planner::NodeView& view : states.nodes()) {
    ++counts[{view.scoped->pool, planner::NameOf(view.state())}];
  }
  return counts;
}

std::optional<base::WallTime> LastSuccess(const ClusterUpgradeStatus& status) {
  std::optional<base::WallTime> last;
  for (const api::HistoryEntry& entry : status.history) {
    if (entry.result == api::RunResult::kCompleted && entry.completion_time &&
        (!last || *last < *entry.completion_time)) {
      last = entry.completion_time;
    }
  }
  return last;
}

UpgradeView ViewOf(const ClusterUpgrade& upgrade, const planner::Scope& scope) {
  UpgradeView view;
  view.name = upgrade.meta.name;
  view.version = scope.target().text;
  view.paused = upgrade.spec.paused;
  view.progress = Ratio(upgrade.status.progress);
  for (const api::Condition& condition : upgrade.status.conditions) {
    view.conditions[api::NameOf(condition.type)] = api::NameOf(condition.status);
  }
  view.last_success = LastSuccess(upgrade.status);
  view.nodes = CountNodes(upgrade, scope);
  if (const auto& tokens = upgrade.status.token_refresh; tokens && tokens->look_time) {
    view.token_pods = {{"stale", tokens->pods.stale},
                       {"current", tokens->pods.current},
                       {"skipped", tokens->pods.skipped}};
  }
  return view;
}

void AddBlocked(const ClusterUpgradeStatus& status, std::vector<BlockedDrain>& blocked) {
  for (const api::NodeInWork& node : status.in_progress) {
    for (const api::BlockedBy& by : node.blocked_by) {
      blocked.push_back({node.name, api::NameOf(by.reason)});
    }
  }
}

void ShowUpgrades(const ViewSources& sources, View& view) {
  sources.scopes->Tidy(sources.watches->upgrades());
  for (const auto& [name, upgrade] : sources.watches->upgrades().items()) {
    view.upgrades.push_back(
        ViewOf(upgrade, sources.scopes->Of(upgrade, *sources.watches, sources.own_node)));
    AddBlocked(upgrade.status, view.blocked);
  }
  std::sort(view.blocked.begin(), view.blocked.end());
  view.blocked.erase(std::unique(view.blocked.begin(), view.blocked.end()), view.blocked.end());
}

}  // namespace

std::shared_ptr<const View> BuildView(const ViewSources& sources, base::Now now) {
  auto view = std::make_shared<View>();
  view->made_at = now.steady;
  view->leader = sources.leads_until.has_value();
  view->leads_until = sources.leads_until.value_or(view->leads_until);
  view->synced = sources.synced;
  if (view->leader) {
    ShowUpgrades(sources, *view);
  }
  view->step_seconds = sources.progress->step_seconds();
  view->node_failures = sources.progress->node_failures();
  view->key_changes = sources.progress->key_changes();
  view->refreshed = sources.progress->refreshed();
  if (const auto refused = sources.watches->own_tokens().refused_since()) {
    view->unauthorized_seconds = std::chrono::duration<double>(now.wall - *refused).count();
  }
  view->evictions = *sources.evictions;
  if (sources.status_refusals != nullptr) {
    view->status_refusals = *sources.status_refusals;
  }
  view->staleness_seconds = sources.watches->Staleness(now.steady);
  view->calls = *sources.calls;
  return view;
}

}  // namespace cu::core
