#pragma once
#include <deque>
#include <set>
#include <string>

#include "api/cluster_upgrade.hpp"
#include "base/time.hpp"
#include "kube/calls.hpp"
#include "planner/report/event_records.hpp"
#include "port/port.hpp"

namespace cu::core {

/// Kubernetes Events that wait for room: fire and forget, after everything else. Their names are
/// made of the occurrence, so that telling one twice is answered with AlreadyExists. At most 40
/// wait, each for at most a minute; what does not fit is dropped. Behind them wait at most 1,000
/// minor ones, for at most ten minutes: they take no place from the others.
class EventQueue {
 public:
  /// `instance`: our identity, Event.reportingInstance.
  explicit EventQueue(std::string instance) : instance_(std::move(instance)) {}

  /// Events on the object; warnings that name a node also on the node. Cluster-scoped objects have
  /// their events in namespace `default`.
  void Add(const api::ClusterUpgrade& upgrade, const planner::EventRecord& record, base::Now now);

  /// Sends as many as there is room for, at most 4 at a time, after dropping what has waited too
  /// long. `not_after`: the end of the term.
  void Send(base::SteadyTime not_after, base::Now now, kube::Calls& calls);
  /// Takes the event if its call is one of ours.
  bool Handle(port::CallId id) { return calls_.erase(id) > 0; }
  bool empty() const { return waiting_.empty() && minor_.empty(); }
  /// The term has ended; the caller drops the calls.
  void Clear() {
    waiting_.clear();
    minor_.clear();
    calls_.clear();
  }

 private:
  struct Waiting {
    port::Request request;
    base::SteadyTime since;
  };
  void Expire(base::SteadyTime now);
  void Push(port::Request request, bool minor, base::SteadyTime now);

  std::string instance_;
  std::deque<Waiting> waiting_;
  std::deque<Waiting> minor_;
  std::set<port::CallId> calls_;  ///< in flight
};

}  // namespace cu::core
