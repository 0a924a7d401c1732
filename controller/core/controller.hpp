#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/reconciler.hpp"
#include "core/telemetry/view.hpp"
#include "core/watches.hpp"
#include "kube/calls.hpp"
#include "kube/leader_election.hpp"
#include "port/port.hpp"

namespace cu::core {

/// The whole controller: a single-threaded state machine without I/O. It is told what happened and
/// what time it is, and answers with what it wants done. Deterministic: equal options and batches
/// give equal reactions, byte for byte.
///
/// If etcd is restored from a backup, everything that was seen is forgotten and read anew; nothing
/// is done meanwhile. The term goes on if the Lease allows it, and no epoch comes twice.
///
/// A standby keeps its reflectors and sends nothing that changes anything. The end of a term aborts
/// mutating calls and forgets everything but the stores; the process goes on as a standby.
class Controller {
 public:
  struct Options {
    std::string identity;  ///< random per process, never "": holder of the Lease
    std::string own_pod;   ///< "namespace/name", or "" outside a cluster
    std::string own_node;
    std::string namespace_name;  ///< of the Lease
    std::string job_namespace;
    api::ExecutorImages executor_images;
    /// false: leads at once, without a Lease, with an epoch above every status's. For one replica.
    bool leader_elect = true;
    std::uint64_t seed = 0;  ///< of all jitter
    bool log_calls = false;  ///< each call in the log, at debug
  };
  explicit Controller(const Options& options);

  /// Serves every due timer, then the events in order, then plans at most once. An empty batch is a
  /// wake-up; the first one starts. `own` is by the clocks of this node. Pre: own.steady never goes
  /// back. After Exit nothing follows.
  port::Reaction Handle(std::span<const port::Event> batch, base::Now own);

  /// A new object at most once a second; never null. The caller may hand it to other threads.
  std::shared_ptr<const View> view() const { return view_; }

 private:
  void LogOutage(base::Now now);
  void Route(port::CallId id, const port::Event& event, base::Now now);
  void Dispatch(const port::Event& event, base::Now now);
  void Lead(base::Now now);
  void LeadWithoutLease();
  void BeginTerm(const Term& term);
  void FollowBack(base::Now now);
  void EndTerm();
  bool Works() const;
  void Stop(base::Now now);
  void RefreshView(bool eventful, base::Now now);
  port::Reaction React(base::Now now);
  kube::Wake WakeAt(base::Now now) const;
  std::int64_t HighestEpoch() const;
  void Log(base::LogLevel level, std::string message, std::map<std::string, std::string> fields);

  Options options_;
  kube::Calls calls_;
  std::optional<kube::LeaderElection> election_;
  Watches watches_;
  Reconciler reconciler_;
  std::optional<Term> term_;
  base::SteadyTime last_ = base::SteadyTime::min();  ///< the time of the last call
  std::optional<base::SteadyTime> away_since_;       ///< of an outage that is in the log
  bool exited_ = false;
  bool releasing_ = false;
  std::int64_t epoch_before_ = 0;            ///< the highest of any status before etcd was restored
  std::optional<base::SteadyTime> stop_by_;  ///< after a stop request: when waiting ends

  std::shared_ptr<const View> view_;
  std::vector<std::uint64_t> shown_;  ///< what the view was made of
  bool view_due_ = false;
  std::vector<base::LogRecord> logs_;
};

}  // namespace cu::core
