#include "core/orphan_work.hpp"

#include <utility>

namespace cu::core {

std::vector<planner::Action> OrphanWork::Plan(const Watches& watches,
                                              const planner::ActionResults& results,
                                              base::SteadyTime now) {
  due_ = false;
  const auto& upgrades = watches.upgrades().items();
  const auto& jobs = watches.jobs().items();
  auto actions = planner::ReleaseOrphans(upgrades, marked_.Of(watches.nodes()), jobs, results);
  planner::Contribution untainted =
      planner::RemoveOrphanedTaints(upgrades, tainted_.Of(watches.nodes()), results, taints_, now);
  wake_at_ = untainted.wake_at;
  for (planner::Action& removal : untainted.actions) {
    actions.push_back(std::move(removal));
  }
  for (planner::Action& expired : planner::ExpireOrphanedJobs(upgrades, jobs)) {
    actions.push_back(std::move(expired));
  }
  wanted_.clear();
  for (const planner::Action& action : actions) {
    wanted_.insert(planner::KeyOf(action));
  }
  return actions;
}

void OrphanWork::Clear() {
  due_ = false;
  wanted_.clear();
  wake_at_.reset();
  taints_ = {};
}

}  // namespace cu::core
