#pragma once
#include <string>
#include <string_view>
#include <utility>

#include "api/cluster_upgrade.hpp"

/// Private to codec/: the texts of the status's enumerations, for reading and writing.
namespace cu::codec {

inline constexpr std::pair<std::string_view, api::ConditionStatus> kConditionStatuses[] = {
    {"True", api::ConditionStatus::kTrue},
    {"False", api::ConditionStatus::kFalse},
    {"Unknown", api::ConditionStatus::kUnknown}};

inline constexpr std::pair<std::string_view, api::NodeStep> kSteps[] = {
    {"Cordoning", api::NodeStep::kCordoning},
    {"Draining", api::NodeStep::kDraining},
    {"Upgrading", api::NodeStep::kUpgrading},
    {"Verifying", api::NodeStep::kVerifying},
    {"Uncordoning", api::NodeStep::kUncordoning}};

inline constexpr std::pair<std::string_view, api::Stage> kStages[] = {
    {"ControlPlane", api::Stage::kControlPlane}, {"Node", api::Stage::kNode}};

template <class Table, class Enumerator>
std::string NameOf(const Table& table, Enumerator enumerator) {
  for (const auto& [name, value] : table) {
    if (value == enumerator) {
      return std::string(name);
    }
  }
  return {};
}

}  // namespace cu::codec
