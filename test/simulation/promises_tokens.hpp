#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "promises_drain.hpp"

namespace cu::simulation {

/// Where API servers sign tokens (ApiServers::Begin):
/// P25: spec.tokenRefresh touches nothing with mode Report and Disabled; with Disabled nothing is
/// asked. P26: TokensFresh=True with reason Fresh, and `droppable`, are true of the tokens that
/// kubelets gave to pods. P27: a change is noticed in time, and a leader whose tokens were refused
/// leads again in time.
class TokenPromises : public Observer {
 public:
  TokenPromises(Cluster& cluster, std::string upgrade, Duration view_lag, ViolationReporter report);

  /// From now on no fault is injected: P27 holds.
  void set_calm() { calm_ = true; }
  /// Calls could not be answered just now.
  void NoteDisturbance() { disturbed_ = cluster_.timeline.now(); }
  /// The status says of all API servers what is true, and that every pod is fresh.
  bool Concluded() const;

  void OnBegin(const Call& call) override;
  void OnServed(const Call& call, const port::Response& response) override;
  void OnBatch(const std::string& process, std::size_t size) override;
  void OnProcess(const std::string& process, const std::string& what) override;

 private:
  using Pair = std::pair<std::string, std::string>;  ///< signer and issuer

  void OnChange(const Change& change);
  void CheckWrite(const Call& call);
  void CheckAskedWhenOff(const Call& call);
  void CheckFresh(const Json& status);
  void CheckDroppable(const Json& status);
  void CheckTold(const Json& status);
  void NoteSettled(const Json& status);
  void NoteServers();
  /// As the status says.
  bool AllSignAs(const Json& status) const;
  void CheckNoticed();
  void CheckLeads();
  /// What is wrong with a live pod that the last look has to have seen, or "".
  std::string WhyStale(const Json& pod, const Json& status) const;
  bool Counts(const Json& upgrade, const Json& pod) const;
  bool IsSkipped(const Json& upgrade, const Json& pod) const;
  Json Upgrade() const { return cluster_.Upgrade(upgrade_); }

  Cluster& cluster_;
  std::string upgrade_;
  Duration view_lag_;
  ViolationReporter report_;
  bool calm_ = false;
  base::SteadyTime disturbed_;
  std::optional<Pair> common_;     ///< of all servers
  base::SteadyTime common_since_;  ///< or since when they differ
  std::set<Pair> earlier_;         ///< what they had in common before
  /// Of the change with this time: every server was known to be new when it was settled.
  std::map<std::string, bool> provable_;
  std::optional<Pair> told_;  ///< the newest in the status
  base::SteadyTime lease_renewed_;
  std::optional<base::SteadyTime> accepted_since_;  ///< every token file, by every server
};

}  // namespace cu::simulation
