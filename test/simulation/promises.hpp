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
#include "promises_saved.hpp"

namespace cu::simulation {

struct Violation {
  std::string promise;  ///< "P4"
  std::string text;
};

/// The promises of docs/TESTING.md, held against what really happened: the API server's write log
/// and the calls as they begin. Shares no code with the planner.
class Promises : public Observer {
 public:
  /// `view_lag`: how old a controller's view may be at most; what is younger than that is not held
  /// against it.
  Promises(Cluster& cluster, std::string upgrade, Duration view_lag);

  /// The first broken promise.
  const std::optional<Violation>& violation() const { return violation_; }
  void Break(const std::string& promise, const std::string& text);
  /// Once everything is quiet: what is left on the nodes (P3).
  void CheckEnd();
  /// Mutating calls of controllers so far, without the Lease's: P8 wants none after the end.
  std::uint64_t writes() const { return writes_; }
  base::SteadyTime last_write() const { return last_write_; }
  /// What the last one was.
  const std::string& last_write_text() const { return last_write_text_; }

  void OnBegin(const Call& call) override;
  void OnServed(const Call& call, const port::Response& response) override;
  void OnBatch(const std::string& process, std::size_t size) override;
  void OnDelivered(const Call& call, const port::Response& response) override;
  void OnSeen(const std::string& process, Kind kind, std::uint64_t version) override;

 private:
  struct Machine {  ///< truth about one Node object
    std::string uid;
    base::SteadyTime since;                           ///< of this UID
    std::optional<base::SteadyTime> not_ready_since;  ///< none: Ready
    std::optional<base::SteadyTime> marked_since;     ///< carries our mark
    base::SteadyTime scope_since;                     ///< labels, taints as they are
    base::SteadyTime version_since;
    bool human_cordon = false;
  };
  struct Wish {  ///< what people asked of the object, by version
    std::uint64_t version = 0;
    bool paused = false;
    bool deleting = false;
  };
  struct Halt {
    std::uint64_t seen = 0;  ///< newest version of the object shown to the process
    std::optional<base::SteadyTime> since;
  };

  void OnChange(const Change& change);
  void OnNode(const Change& change);
  void OnUpgrade(const Change& change);
  void OnStarted(const Json& upgrade, const Json& entry);
  void OnFinished(const Json& before, const Json& after, const Json& entry);
  void CheckBudget(const Json& upgrade, const Json& entry);
  void CheckOrder(const Json& upgrade, const Json& entry);
  void CheckMargin(const Json& upgrade, const Json& entry);
  void CheckLast(const Json& upgrade, const Json& node);
  void CheckFailures(const Json& upgrade, const Json& entry);
  void CheckReady(const Json& upgrade);
  void CheckCordon(const Call& call);
  void CheckJob(const Call& call);
  void CheckSkew(const Json& node, const std::string& version, const std::string& job);
  void CheckEviction(const Call& call);
  void CheckHalt(const Call& call, const std::string& what);
  void CheckTerm(const Call& call);
  void CheckPatience(const Call& call);

  bool Old(base::SteadyTime since) const;
  bool CarriesOptionalMark(const std::string& uid) const;
  bool InScope(const Json& upgrade, const Json& node) const;
  /// "control-plane", the name of a pool, or "" where none selects it.
  std::string PoolOf(const Json& upgrade, const Json& node) const;
  std::vector<ObjectPtr> NodesOf(const Json& upgrade, const std::string& pool) const;
  /// None: all is fine by the pool's budget. Otherwise what is wrong if `unavailable` nodes are.
  std::int64_t BudgetOf(const Json& upgrade, const std::string& pool) const;
  /// The object's entry about the node with this UID in one of its lists, or null.
  static const Json& EntryOf(const Json& upgrade, const char* list, const std::string& uid);
  bool IsDone(const Json& upgrade, const Json& node) const;
  Json Upgrade() const;

  Cluster& cluster_;
  DrainPromises drain_;
  SavedPodPromises saved_;
  std::string upgrade_;
  Duration view_lag_;
  std::optional<Violation> violation_;
  std::map<std::string, Machine> machines_;       ///< by name
  std::map<std::string, base::SteadyTime> pods_;  ///< since when, by key
  std::vector<Wish> wishes_;
  std::map<std::string, Halt> halts_;                 ///< by process
  std::map<std::string, base::SteadyTime> terms_;     ///< end, by process
  std::map<std::string, base::SteadyTime> patience_;  ///< by process, or process and target
  /// From the batch being handled: what was decided before it is not held against the process.
  std::map<std::string, base::SteadyTime> news_;
  std::set<std::pair<std::string, std::string>> verified_;  ///< (node UID, version)
  std::set<std::string> recorded_jobs_;                     ///< names with a recorded UID
  std::uint64_t writes_ = 0;
  base::SteadyTime last_write_;
  std::string last_write_text_;
};

}  // namespace cu::simulation
