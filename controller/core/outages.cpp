#include "core/outages.hpp"

#include <algorithm>

namespace cu::core {
namespace {

void AddToRun(const api::ClusterUpgradeStatus& status, int seconds, planner::ApiOutages& outages) {
  if (status.history.empty()) {
    return;
  }
  const api::HistoryEntry& run = status.history.front();
  if (outages.run_start != run.start_time) {
    outages.run_start = run.start_time;
    outages.run_seconds = 0;
  }
  outages.run_seconds = std::max(outages.run_seconds, run.api_outage_seconds) + seconds;
}

}  // namespace

std::vector<std::string> Outages::Note(std::chrono::nanoseconds away,
                                       const api::ObjectMap<api::ClusterUpgrade>& upgrades) {
  std::vector<std::string> concerned;
  const auto seconds = static_cast<int>(std::chrono::floor<std::chrono::seconds>(away).count());
  if (seconds == 0) {
    return concerned;
  }
  std::erase_if(by_uid_, [&](const auto& entry) {
    return std::none_of(upgrades.begin(), upgrades.end(), [&](const auto& known) {
      return known.second.meta.uid == entry.first;
    });
  });
  for (const auto& [name, upgrade] : upgrades) {
    if (!upgrade.status.in_progress.empty()) {
      planner::ApiOutages& outages = by_uid_[upgrade.meta.uid];
      outages.longest_seconds = std::max(outages.longest_seconds, seconds);
      AddToRun(upgrade.status, seconds, outages);
      concerned.push_back(name);
    }
  }
  return concerned;
}

planner::ApiOutages Outages::Of(const api::ClusterUpgrade& upgrade) const {
  const auto found = by_uid_.find(upgrade.meta.uid);
  return found == by_uid_.end() ? planner::ApiOutages{} : found->second;
}

void Outages::Tidy(const api::ClusterUpgrade& upgrade) {
  if (upgrade.status.in_progress.empty()) {
    by_uid_.erase(upgrade.meta.uid);
  }
}

}  // namespace cu::core
