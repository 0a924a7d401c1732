#pragma once
#include <string>

#include "api/objects.hpp"
#include "planner/model/world.hpp"

namespace cu::planner {

/// Tells pods that hold credentials from before a change. Pods that have ended or are being deleted
/// hold nothing that matters, nor do those that no kubelet has accepted yet; ours read their tokens
/// anew.
class StalePods {
 public:
  StalePods(const World& world, api::TokenChange change);

  /// It holds credentials.
  bool Counts(const api::Pod& pod) const;
  /// spec.tokenRefresh names its namespace, and does not exclude it.
  bool InScope(const std::string& ns) const;
  /// It was created no later than the change, both by the API server's clock: its token was written
  /// for it then, and a program may have read it once. Pre: Counts.
  bool IsStale(const api::Pod& pod) const;

 private:
  api::TokenRefreshSpec spec_;
  api::TokenChange change_;
  std::string own_namespace_;
};

/// What is refreshed as one: the pod's workload, or the pod itself as {ns, "Pod", name}, if nobody
/// would create it again.
api::Workload RefreshedAs(const api::Pod& pod);
/// Nobody would create its only pod again.
bool IsPodAlone(const api::Workload& workload);
/// "shop/web (Deployment)"
std::string LineOf(const api::Workload& workload);

}  // namespace cu::planner
