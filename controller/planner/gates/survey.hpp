#pragma once
#include <set>
#include <string>
#include <vector>

#include "api/objects.hpp"
#include "planner/gates/budget_notes.hpp"
#include "planner/gates/replica_count.hpp"
#include "planner/model/finding.hpp"
#include "planner/model/hash_set.hpp"
#include "planner/model/survey_result.hpp"
#include "planner/model/world.hpp"
#include "planner/tokens/token_fold.hpp"

namespace cu::planner {

/// A look at every pod of the cluster, page by page: those on nodes that are still to be drained
/// and would leave are judged. Keeps findings only: it does not grow with the number of pods. Pods
/// are counted for the first 50,000 owners, and the volumes of 50,000 claims are known; beyond that
/// SingleReplica and PinnedPod are not found.
class SurveyFold {
 public:
  /// Fixes the nodes that are looked at.
  explicit SurveyFold(const World& world);
  const std::string& question() const { return result_.question; }

  /// All volumes go first; SkipVolumes where they may not be read.
  void AddVolumes(const World& world, const std::vector<api::PersistentVolume>& volumes);
  void SkipVolumes() { result_.volumes_unread = true; }
  void AddPods(const World& world, const std::vector<api::Pod>& pods);
  Survey Finish();

 private:
  void FindControlPlane(const World& world, const api::Pod& pod);
  bool PinnedByVolume(const api::Pod& pod) const;

  Survey result_;
  TokenFold tokens_;
  std::set<std::string> nodes_;
  FindingBook book_;
  HashSet pinned_claims_;
  ReplicaCount workloads_;
  BudgetNotes budgets_;
};

}  // namespace cu::planner
