#pragma once
#include <map>
#include <string>
#include <vector>

#include "promises_drain.hpp"

namespace cu::simulation {

/// The workload's kind, namespace and name, as status.tokenRefresh names it.
Json WorkloadOf(const Json& pod);
/// spec.tokenRefresh.mode is Auto, and the pod is on no node in progress: it goes for its tokens.
bool GoesForTokens(const Json& upgrade, const Json& pod);

/// Where pods with old credentials are replaced (spec.tokenRefresh.mode Auto):
/// P28: no workload is in progress while a node is: neither is begun beside the other, and nobody
/// is evicted for its tokens meanwhile. P29: an eviction takes a Ready pod only while its workload
/// has as many Ready pods as it asks for. P30: nobody is evicted who was created after the change,
/// whose namespace is left out, or whose workload is not in progress.
class RefreshPromises : public Observer {
 public:
  RefreshPromises(Cluster& cluster,
                  std::string upgrade,
                  Duration view_lag,
                  ViolationReporter report);
  void OnBegin(const Call& call) override;

 private:
  void OnChange(const Change& change);
  void OnStatus(const Json& before, const Json& after);
  void CheckEviction(const Json& upgrade, const Json& pod);
  void CheckRestart(const Json& upgrade, const Call& call);
  void CheckReady(const Json& entry, const Json& pod);

  Cluster& cluster_;
  std::string upgrade_;
  Duration view_lag_;
  ViolationReporter report_;
  /// When Ready pods of the workload, as text, became fewer or what it asks for changed.
  std::map<std::string, base::SteadyTime> less_since_;
};

}  // namespace cu::simulation
