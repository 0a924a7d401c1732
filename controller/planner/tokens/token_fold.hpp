#pragma once
#include <map>
#include <optional>
#include <vector>

#include "api/objects.hpp"
#include "planner/model/token_look.hpp"
#include "planner/model/world.hpp"
#include "planner/tokens/stale_pods.hpp"

namespace cu::planner {

/// Counts the pods that hold credentials from before a change, page by page.
///
/// Keeps 1,000 workloads at most, the first ones in order.
class TokenFold {
 public:
  explicit TokenFold(const World& world);
  void Add(const std::vector<api::Pod>& pods);
  TokenLook Finish();

 private:
  TokenLook look_;
  std::optional<StalePods> judge_;  ///< none: nothing is asked
  /// In the order in which they are refreshed.
  struct Order {
    bool operator()(const api::Workload& a, const api::Workload& b) const;
  };
  std::map<api::Workload, StaleWorkload, Order> stale_;
};

}  // namespace cu::planner
