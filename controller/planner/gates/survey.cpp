#include "planner/gates/survey.hpp"

#include <algorithm>

#include "planner/gates/node_findings.hpp"
#include "planner/pods/pod_judge.hpp"
#include "planner/target/node_state.hpp"

namespace cu::planner {
namespace {

constexpr std::size_t kOwnersMost = 50'000;
constexpr std::size_t kClaimsMost = 50'000;
constexpr std::size_t kSinglesMost = 1'000;

/// The workload whose pods are counted together. A ReplicaSet of a Deployment is named after it and
/// the hash of its template, which is also a label of its pods.
api::Owner WorkloadOf(const api::Pod& pod) {
  api::Owner owner = *pod.meta.controller;
  const auto hash = pod.meta.labels.find("pod-template-hash");
  if (owner.kind == api::kReplicaSetKind && hash != pod.meta.labels.end() &&
      owner.name.ends_with("-" + hash->second)) {
    owner.kind = api::kDeploymentKind;
    owner.name.resize(owner.name.size() - hash->second.size() - 1);
  }
  return owner;
}

bool HasReplicas(const api::Owner& owner) {
  return owner.kind == api::kReplicaSetKind || owner.kind == api::kStatefulSetKind ||
         owner.kind == api::kReplicationControllerKind;
}

/// The only node that the volume fits, or "" if it fits several or none.
std::string OnlyNode(const World& world, const api::PersistentVolume& volume) {
  std::string only;
  for (const auto& [name, node] : *world.nodes) {
    if (volume.placement.Fits(name, node.meta.labels)) {
      if (!only.empty()) {
        return "";
      }
      only = name;
    }
  }
  return only;
}

}  // namespace

SurveyFold::SurveyFold(const World& world)
    : book_(world.upgrade->spec.preflight_ignore), pinned_claims_(kClaimsMost) {
  result_.made_for = SurveyKey(world.upgrade->meta, world.upgrade->spec.fingerprint);
  const NodeStates states(*world.scope, world.upgrade->status);
  for (const NodeView& view : states.nodes()) {
    if (view.IsToBeDone() &&
        NeedsDrain(
            world.upgrade->spec.drain, view.node().kubelet_version, world.scope->target().text)) {
      nodes_.insert(view.name());
    }
  }
}

void SurveyFold::AddVolumes(const World& world, const std::vector<api::PersistentVolume>& volumes) {
  for (const api::PersistentVolume& volume : volumes) {
    if (!volume.claim.empty() && !volume.placement.anywhere() && !OnlyNode(world, volume).empty()) {
      pinned_claims_.Insert(HashOf(volume.claim));
    }
  }
}

void SurveyFold::AddPods(const World& world, const std::vector<api::Pod>& pods) {
  const std::set<std::string> none_deleted;
  const PodJudge judge(world, none_deleted);
  for (const api::Pod& pod : pods) {
    if (!nodes_.contains(pod.node_name)) {
      CountForOwner(pod, false);
      continue;
    }
    const PodPlan plan = judge.Judge(pod);
    CountForOwner(pod, plan.moves());
    if (!plan.moves()) {
      continue;
    }
    FindInPod(world, plan, book_);
    if (PinnedByVolume(pod)) {
      book_.Add(PinnedPod(pod, "the volume of one of its claims"));
    }
  }
}

bool SurveyFold::PinnedByVolume(const api::Pod& pod) const {
  return std::any_of(pod.claims.begin(), pod.claims.end(), [&](const std::string& claim) {
    return pinned_claims_.Contains(HashOf(pod.meta.ns + "/" + claim));
  });
}

void SurveyFold::CountForOwner(const api::Pod& pod, bool leaves) {
  if (!pod.meta.controller || !HasReplicas(*pod.meta.controller) || pod.finished() ||
      pod.meta.deleted) {
    return;
  }
  const api::Owner workload = WorkloadOf(pod);
  const std::string key = pod.meta.ns + "/" + workload.name;
  const std::uint64_t hash = HashOf(workload.kind + " " + key);
  const auto at =
      std::lower_bound(owners_.begin(), owners_.end(), hash, [](const Owner& a, std::uint64_t b) {
        return a.hash < b;
      });
  if (at != owners_.end() && at->hash == hash) {
    at->several = true;
    singles_.erase(hash);
    return;
  }
  if (owners_.size() >= kOwnersMost) {
    return;
  }
  owners_.insert(at, {hash, false, leaves});
  if (leaves && singles_.size() < kSinglesMost) {
    singles_[hash] =
        Finding::Warns(api::FindingType::kSingleReplica,
                       key,
                       workload.kind + " runs one pod, " + pod.meta.name + " on " + pod.node_name +
                           ": it is unavailable while its pod is rescheduled; scale it up to "
                           "avoid that");
  }
}

Survey SurveyFold::Finish() {
  const auto single = std::count_if(owners_.begin(), owners_.end(), [](const Owner& owner) {
    return owner.leaves && !owner.several;
  });
  book_.AddUnnamed(static_cast<int>(single) - static_cast<int>(singles_.size()));
  for (auto& [hash, finding] : singles_) {
    book_.Add(std::move(finding));
  }
  result_.findings = book_.Take();
  result_.more = book_.more();
  return std::move(result_);
}

}  // namespace cu::planner
