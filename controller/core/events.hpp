#pragma once
#include <deque>
#include <string>

#include "api/cluster_upgrade.hpp"
#include "base/time.hpp"
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

  /// Drops what has waited too long.
  void Expire(base::SteadyTime now);
  bool empty() const { return waiting_.empty() && minor_.empty(); }
  /// Pre: !empty().
  const port::Request& front() const {
    return (waiting_.empty() ? minor_ : waiting_).front().request;
  }
  void Pop() { (waiting_.empty() ? minor_ : waiting_).pop_front(); }
  void Clear() {
    waiting_.clear();
    minor_.clear();
  }

 private:
  struct Waiting {
    port::Request request;
    base::SteadyTime since;
  };
  void Push(port::Request request, bool minor, base::SteadyTime now);

  std::string instance_;
  std::deque<Waiting> waiting_;
  std::deque<Waiting> minor_;
};

}  // namespace cu::core
