#pragma once
#include <map>
#include <string>
#include <vector>

#include "planner/model/planning.hpp"
#include "planner/target/hold.hpp"
#include "planner/tokens/token_work.hpp"

/// Status for people and tools. Private to planner/.
namespace cu::planner {

/// Why each node may not be drained, by name.
using RefusedNodes = std::map<std::string, std::string>;

struct ConditionsReport {
  std::vector<api::Condition> conditions;  ///< status.conditions as they ought to be
  bool ready = false;
};
/// Ready, Reconciling and Stalled with kstatus meaning
/// (https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md), and the
/// others, of what holds the start of nodes: the first of `holds` counts. Pre: the counts are in
/// the status.
ConditionsReport MakeConditions(const Planning& planning,
                                const std::vector<Hold>& holds,
                                const RefusedNodes& refused,
                                const TokenWork& tokens);

/// Conditions of an object that is not the oldest and so touches nothing.
std::vector<api::Condition> ConditionsOfBystander(const Planning& planning,
                                                  const std::string& oldest);

}  // namespace cu::planner
