#include "planner/gates/halt.hpp"

#include <algorithm>
#include <tuple>

#include "api/names.hpp"
#include "planner/executors/jobs.hpp"
#include "planner/target/skew.hpp"

namespace cu::planner {

const api::ClusterUpgrade& OldestUpgrade(const World& world) {
  // Of two made in the same second, one that is at work already stays the oldest.
  const auto order = [](const api::ClusterUpgrade& upgrade) {
    const bool begun = !upgrade.status.in_progress.empty() || !upgrade.status.history.empty();
    return std::tuple(
        upgrade.meta.created.value_or(base::WallTime::max()), !begun, upgrade.meta.uid);
  };
  const auto oldest = std::min_element(
      world.upgrades->begin(), world.upgrades->end(), [&](const auto& a, const auto& b) {
        return order(a.second) < order(b.second);
      });
  return oldest == world.upgrades->end() ? *world.upgrade : oldest->second;
}

std::optional<Hold> FindHalt(const World& world, const api::ClusterUpgradeStatus& status) {
  const api::ClusterUpgrade& oldest = OldestUpgrade(world);
  if (oldest.meta.uid != world.upgrade->meta.uid) {
    return Hold::NeedsPerson(
        api::HoldReason::kAnotherClusterUpgrade,
        "only the oldest ClusterUpgrade is active, which is " + oldest.meta.name);
  }
  if (const std::string member = api::SettingsOf(world.upgrade->spec.executor.type);
      !member.empty() && BuiltInImage(world).empty()) {
    return Hold::NeedsPerson(api::HoldReason::kNoExecutorImage,
                             "the executor has no image: set spec.executor." + member +
                                 ".image, or start the controller with --executor-image-" + member);
  }
  // Nothing is concluded from what it leaves behind: AskReplacements waits for it.
  const bool replaced =
      std::any_of(status.deleted_nodes.begin(), status.deleted_nodes.end(), [](const auto& node) {
        return node.pool == kControlPlanePool && node.awaited();
      });
  return CheckTarget(world.upgrade->spec, *world.scope, replaced ? "" : world.server_version);
}

GateResult AskHalt(const Planning& planning, GateMemory&) {
  GateResult result{planning.halt()};
  if (!planning.scope().SeesApiServer()) {
    // Also under a halt: what the server says may be the cause, and its end.
    result.add.Watch(WatchKind::kServerVersion, "");
  }
  return result;
}

}  // namespace cu::planner
