#include "core/orphan_work.hpp"

#include <utility>

#include "planner/nodes/orphans.hpp"

namespace cu::core {

std::vector<planner::Action> OrphanWork::Plan(const Watches& watches,
                                              const planner::ActionResults& results) {
  due_ = false;
  const auto& upgrades = watches.upgrades().items();
  const auto& jobs = watches.jobs().items();
  auto actions = planner::ReleaseOrphans(upgrades, marked_.Of(watches.nodes()), jobs, results);
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
}

}  // namespace cu::core
