#pragma once
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "api/objects.hpp"
#include "planner/model/token_look.hpp"
#include "planner/model/world.hpp"

namespace cu::planner {

/// Counts the pods that hold credentials from before a change. A pod is stale if it was created no
/// later than the change, both by the API server's clock: its token was written for it then, and a
/// program may have read it once. Pods that have ended or are being deleted hold nothing that
/// matters, nor do those that no kubelet has accepted yet; ours read their tokens anew.
///
/// Keeps 1,000 workloads at most.
class TokenFold {
 public:
  explicit TokenFold(const World& world);
  void Add(const std::vector<api::Pod>& pods);
  TokenLook Finish();

 private:
  bool Counts(const api::Pod& pod) const;
  bool InScope(const std::string& ns) const;
  bool IsStale(const api::Pod& pod) const;

  TokenLook look_;
  api::TokenRefreshSpec spec_;
  api::TokenChange change_;
  std::string own_namespace_;
  std::map<std::string, int> stale_;  ///< pods by the line of their workload
  std::size_t more_ = 0;              ///< pods of workloads beyond that
};

}  // namespace cu::planner
