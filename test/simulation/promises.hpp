#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "network.hpp"
#include "promises_drain.hpp"
#include "promises_nodes.hpp"
#include "promises_recovery.hpp"
#include "promises_saved.hpp"
#include "promises_taints.hpp"

namespace cu::simulation {

struct Violation {
  std::string promise;  ///< "P4"
  std::string text;
};

/// Checks the promises of docs/TESTING.md on the API server's write log and on the calls as they
/// begin. Shares no code with the planner.
class Promises : public Observer {
 public:
  /// `view_lag`: the maximum age of a controller's view; it need not know younger changes.
  Promises(Cluster& cluster, std::string upgrade, Duration view_lag);

  /// The first broken promise.
  const std::optional<Violation>& violation() const { return violation_; }
  void Report(const std::string& promise, const std::string& text);
  /// At the end of the run: what is left on the nodes (P3).
  void CheckEnd();
  /// Mutating calls of controllers so far, without those to the Lease: P8 allows none after the
  /// end.
  std::uint64_t writes() const { return writes_; }
  base::SteadyTime last_write() const { return last_write_; }
  /// How often in a row pods of one controller were evicted from one node during one drain.
  int most_evictions() const { return drain_.most_evictions(); }
  /// What the last one was.
  const std::string& last_write_text() const { return last_write_text_; }

  /// Versions are lower from now on.
  void OnRestore();
  void OnBegin(const Call& call) override;
  void OnServed(const Call& call, const port::Response& response) override;
  void OnBatch(const std::string& process, std::size_t size) override;
  void OnDelivered(const Call& call, const port::Response& response) override;
  void OnSeen(const std::string& process, Kind kind, std::uint64_t version) override;

 private:
  struct NodeState {  ///< what is known of one Node object
    std::string uid;
    base::SteadyTime since;                           ///< of this UID
    std::optional<base::SteadyTime> not_ready_since;  ///< none: Ready
    std::optional<base::SteadyTime> marked_since;     ///< by our annotation
    base::SteadyTime scope_since;                     ///< since its labels last changed
    base::SteadyTime version_since;
    bool human_cordon = false;
    base::SteadyTime ready_since;  ///< meaningful while Ready
  };
  struct Missing {  ///< a node that was deleted while an external tool had it in work
    std::string pool;
    base::SteadyTime since;
  };
  struct RequestedState {  ///< what users asked for, by version of the object
    std::uint64_t version = 0;
    bool paused = false;
    bool deleting = false;
  };
  struct StopRequest {
    std::uint64_t seen = 0;  ///< newest version of the object shown to the process
    std::optional<base::SteadyTime> since;
  };

  void OnChange(const Change& change);
  void OnNode(const Change& change);
  void OnNodeGone(const Change& change);
  void TakePlace(const Json& node, base::SteadyTime joined);
  std::int64_t MissingOf(const Json& upgrade, const std::string& pool) const;
  static bool Ignores(const Json& upgrade, const std::string& pool);
  static bool IsOfOtherSystem(const Json& upgrade, const Json& node);
  void OnUpgrade(const Change& change);
  void OnStarted(const Json& upgrade, const Json& entry);
  void OnFinished(const Json& before, const Json& after, const Json& entry);
  void CheckBudget(const Json& upgrade, const Json& entry);
  bool IsAskedFor(const Json& upgrade, const Json& node, const std::string& version);
  bool TakesPart(const Json& upgrade, const Json& node, const std::string& version);
  void CheckOrder(const Json& upgrade, const Json& entry);
  void CheckControlPlaneReady(const Json& upgrade, const Json& entry);
  void CheckPostponed(const Json& upgrade, const Json& node, const std::string& version);
  void CheckFailures(const Json& upgrade, const Json& entry);
  void CheckReady(const Json& upgrade);
  void CheckCordon(const Call& call);
  void CheckBeginnings(const Call& call);
  void CheckPull(const Json& job);
  void CheckJob(const Call& call);
  void CheckNoNewerKubelet(const Json& entry);
  void CheckSkew(const Json& node, const std::string& version, const std::string& job);
  void CheckComponents(const std::string& stage,
                       const std::string& version,
                       const std::string& job);
  void CheckEviction(const Call& call);
  void CheckStopRequest(const Call& call, const std::string& what);
  void CheckTerm(const Call& call);
  void CheckModel();
  void CheckRetryAfter(const Call& call);

  bool OlderThanView(base::SteadyTime since) const;
  bool CarriesOptionalMark(const std::string& uid) const;
  bool InScope(const Json& upgrade, const Json& node) const;
  /// "control-plane", the name of a pool, or "" if none selects the node.
  std::string PoolOf(const Json& upgrade, const Json& node) const;
  std::vector<ObjectPtr> NodesOf(const Json& upgrade, const std::string& pool) const;
  /// How many nodes of the pool may be unavailable.
  std::int64_t BudgetOf(const Json& upgrade, const std::string& pool) const;
  /// The entry for the node with this UID in a list of the status, or null.
  static const Json& EntryOf(const Json& upgrade, const char* list, const std::string& uid);
  bool IsDone(const Json& upgrade, const Json& node) const;
  Json Upgrade() const { return cluster_.Upgrade(upgrade_); }

  Cluster& cluster_;
  DrainPromises drain_;
  SavedPodPromises saved_;
  RecoveryPromises recovery_;
  NodePromises node_promises_;
  TaintPromises taints_;
  std::string upgrade_;
  Duration view_lag_;
  std::optional<Violation> violation_;
  std::map<std::string, NodeState> nodes_;                    ///< by name
  std::map<std::string, Missing> missing_;                    ///< by UID
  std::map<std::string, std::int64_t> given_up_;              ///< such places, by pool
  std::set<std::pair<std::string, std::string>> successors_;  ///< (UID, pool) of who took a place
  std::map<std::string, base::SteadyTime> pods_;              ///< since when, by key
  std::vector<RequestedState> requested_states_;
  std::map<std::string, StopRequest> stop_requests_;     ///< by process
  std::map<std::string, base::SteadyTime> terms_;        ///< end, by process
  std::map<std::string, base::SteadyTime> retry_after_;  ///< by process, or process and target
  /// From the batch being handled: it does not bind calls that were decided before.
  std::map<std::string, base::SteadyTime> received_retry_after_;
  std::set<std::pair<std::string, std::string>> verified_;  ///< (node UID, version)
  std::set<std::string> recorded_jobs_;                     ///< names with a recorded UID
  std::uint64_t writes_ = 0;
  base::SteadyTime last_write_;
  std::string last_write_text_;
};

}  // namespace cu::simulation
