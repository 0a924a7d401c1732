#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "api/cluster_upgrade.hpp"

namespace cu::planner {

/// What runs the cluster.
inline constexpr std::string_view kSystemNamespace = "kube-system";

/// A workload with pods that hold old credentials.
struct StaleWorkload {
  api::Workload workload;  ///< or a pod without one: RefreshedAs
  int pods = 0;
  bool alone = false;  ///< the cluster depends on it: no other is refreshed beside it
  bool operator==(const StaleWorkload&) const = default;
};

/// Who holds old credentials, by a look at all pods. Bounded.
struct TokenLook {
  std::string made_for;  ///< TokenQuestion that it answers, or ""
  base::WallTime began;
  api::TokenPods pods;
  std::vector<StaleWorkload> workloads;  ///< in the order of their refresh; at most 1,000
  bool more = false;                     ///< there are others
  bool operator==(const TokenLook&) const = default;
};

/// What a look is to answer of the object's durable status: which pods are older than its change,
/// within the scope of its spec. "" if there is nothing to ask yet.
std::string TokenQuestion(const api::ClusterUpgrade& upgrade);

}  // namespace cu::planner
