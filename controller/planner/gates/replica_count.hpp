#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "planner/model/finding.hpp"
#include "planner/model/pod_plan.hpp"

namespace cu::planner {

/// Counts the pods of workloads, page by page, for SingleReplica and AllOnOneNode: 16 bytes for
/// each of the first 50,000 workloads, and the names of 1,000 that may be a finding.
class ReplicaCount {
 public:
  /// `leaves`: a drain to come would move the pod.
  void Add(const PodPlan& plan, bool leaves);
  void Finish(FindingBook& book);

 private:
  struct Workload {
    std::uint64_t hash = 0;
    std::uint32_t node = 0;  ///< hash of the name, of the first pod that has one
    bool several = false;
    bool spread = false;
    bool leaves = false;
    bool budgeted = false;
  };
  struct Named {
    std::string kind;
    std::string key;
    std::string pod;
    std::string node;
    int pods = 1;
  };
  void AddAnother(Workload& workload, const PodPlan& plan, bool leaves);

  std::vector<Workload> workloads_;       ///< by hash
  std::map<std::uint64_t, Named> named_;  ///< whose pods are all on one node, so far
};

}  // namespace cu::planner
