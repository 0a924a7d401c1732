#include "planner/gates/survey.hpp"

#include <algorithm>

#include "planner/gates/node_findings.hpp"
#include "planner/pods/pins.hpp"
#include "planner/pods/pod_judge.hpp"
#include "planner/pods/static_pods.hpp"
#include "planner/target/node_state.hpp"

namespace cu::planner {
namespace {

constexpr std::size_t kClaimsMost = 50'000;

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
    : tokens_(world), book_(world.upgrade->spec.preflight_ignore), pinned_claims_(kClaimsMost) {
  result_.made_for = SurveyKey(world.upgrade->meta, world.upgrade->spec.fingerprint);
  result_.question = SurveyQuestion(*world.upgrade);
  const NodeStates states(*world.scope, world.upgrade->status, world.upgrade->spec.run_id);
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
  tokens_.Add(pods);
  const std::set<std::string> none_deleted;
  const PodJudge judge(world, none_deleted);
  for (const api::Pod& pod : pods) {
    FindControlPlane(world, pod);
    const bool on_node = nodes_.contains(pod.node_name);
    PodPlan plan;
    plan.pod = &pod;
    if (on_node) {
      plan = judge.Judge(pod);
    }
    workloads_.Add(plan, plan.moves());
    if (BudgetNotes::Concerns(pod)) {
      budgets_.AddAny(pod, judge.BudgetsOf(pod));
    }
    if (on_node) {
      FindHanging(world, plan, book_);
    }
    if (!plan.moves()) {
      continue;
    }
    FindInPod(world, plan, book_);
    const bool by_volume = PinnedByVolume(pod);
    if (by_volume) {
      book_.Add(PinnedPod(pod, "the volume of one of its claims"));
    }
    budgets_.AddLeaving(world, plan, by_volume || !FitsElsewhere(world, pod));
  }
}

/// A worker that runs etcd or an API server: taken for a worker, several could go at once.
void SurveyFold::FindControlPlane(const World& world, const api::Pod& pod) {
  const ScopedNode* scoped = IsApiServerOrEtcd(pod) ? world.scope->Find(pod.node_name) : nullptr;
  if (scoped != nullptr && !scoped->control_plane && !scoped->skip) {
    book_.Add(Finding::Blocks(api::FindingType::kUnmarkedControlPlane,
                              pod.node_name,
                              "the node runs " + pod.meta.Key() +
                                  " and has no label of the control plane: select such nodes with "
                                  "spec.controlPlane.nodeSelector"));
  }
}

bool SurveyFold::PinnedByVolume(const api::Pod& pod) const {
  return std::any_of(pod.claims.begin(), pod.claims.end(), [&](const std::string& claim) {
    return pinned_claims_.Contains(HashOf(pod.meta.ns + "/" + claim));
  });
}

Survey SurveyFold::Finish() {
  workloads_.Finish(book_);
  budgets_.Finish(book_);
  result_.tokens = tokens_.Finish();
  result_.findings = book_.Take();
  result_.more = book_.more();
  return std::move(result_);
}

}  // namespace cu::planner
