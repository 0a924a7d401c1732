#pragma once
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "api/cluster_upgrade.hpp"

/// The texts of the status's enumerations, as users see them.
namespace cu::api {

inline constexpr auto kConditionStatuses =
    std::to_array<std::pair<std::string_view, ConditionStatus>>(
        {{"True", ConditionStatus::kTrue},
         {"False", ConditionStatus::kFalse},
         {"Unknown", ConditionStatus::kUnknown}});

inline constexpr auto kNodeSteps =
    std::to_array<std::pair<std::string_view, NodeStep>>({{"Cordoning", NodeStep::kCordoning},
                                                          {"Draining", NodeStep::kDraining},
                                                          {"Upgrading", NodeStep::kUpgrading},
                                                          {"Verifying", NodeStep::kVerifying},
                                                          {"Uncordoning", NodeStep::kUncordoning}});

inline constexpr auto kStages = std::to_array<std::pair<std::string_view, Stage>>(
    {{"ControlPlane", Stage::kControlPlane}, {"Node", Stage::kNode}});

template <class Table, class Enumerator>
std::string FindName(const Table& table, Enumerator enumerator) {
  for (const auto& [name, value] : table) {
    if (value == enumerator) {
      return std::string(name);
    }
  }
  return {};
}

inline std::string NameOf(ConditionStatus status) {
  return FindName(kConditionStatuses, status);
}
inline std::string NameOf(NodeStep step) {
  return FindName(kNodeSteps, step);
}
inline std::string NameOf(Stage stage) {
  return FindName(kStages, stage);
}

}  // namespace cu::api
