#include "core/outages.hpp"

#include <algorithm>

namespace cu::core {

std::vector<std::string> Outages::Note(std::chrono::nanoseconds away,
                                       const api::ObjectMap<api::ClusterUpgrade>& upgrades) {
  std::vector<std::string> concerned;
  const auto seconds = static_cast<int>(std::chrono::floor<std::chrono::seconds>(away).count());
  if (seconds == 0) {
    return concerned;
  }
  std::erase_if(longest_, [&](const auto& entry) {
    return std::none_of(upgrades.begin(), upgrades.end(), [&](const auto& known) {
      return known.second.meta.uid == entry.first;
    });
  });
  for (const auto& [name, upgrade] : upgrades) {
    if (!upgrade.status.in_progress.empty()) {
      int& longest = longest_[upgrade.meta.uid];
      longest = std::max(longest, seconds);
      concerned.push_back(name);
    }
  }
  return concerned;
}

int Outages::LongestOf(const api::ClusterUpgrade& upgrade) const {
  const auto found = longest_.find(upgrade.meta.uid);
  return found == longest_.end() ? 0 : found->second;
}

void Outages::Tidy(const api::ClusterUpgrade& upgrade) {
  if (upgrade.status.in_progress.empty()) {
    longest_.erase(upgrade.meta.uid);
  }
}

}  // namespace cu::core
