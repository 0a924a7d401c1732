#pragma once
#include <string>
#include <vector>

#include "api/cluster_upgrade.hpp"

namespace cu::planner {

/// Who holds old credentials, by a look at all pods. Bounded.
struct TokenLook {
  std::string made_for;  ///< TokenQuestion that it answers, or ""
  base::WallTime began;
  api::TokenPods pods;
  std::vector<std::string> laggards;  ///< "shop/web (Deployment): 3 pods", at most 20
  int laggards_total = 0;             ///< workloads
  bool operator==(const TokenLook&) const = default;
};

/// What a look is to answer of the object's durable status: which pods are older than its change,
/// within the scope of its spec. "" if there is nothing to ask yet.
std::string TokenQuestion(const api::ClusterUpgrade& upgrade);

}  // namespace cu::planner
