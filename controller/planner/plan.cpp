#include "planner/plan.hpp"

#include <algorithm>
#include <string_view>
#include <tuple>

#include "api/marks.hpp"
#include "planner/gates/start.hpp"
#include "planner/model/history.hpp"
#include "planner/model/intent.hpp"
#include "planner/nodes/node_steps.hpp"
#include "planner/nodes/release.hpp"
#include "planner/pods/saved_pods.hpp"
#include "planner/report/conditions.hpp"
#include "planner/report/counts.hpp"

namespace cu::planner {
namespace {

const api::ClusterUpgrade& Oldest(const World& world) {
  // Of two made in the same second, one that is at work already stays the oldest.
  const auto order = [](const api::ClusterUpgrade& upgrade) {
    const bool begun = !upgrade.status.in_progress.empty() || !upgrade.status.history.empty();
    return std::tuple(
        upgrade.meta.created.value_or(base::WallTime::max()), !begun, upgrade.meta.uid);
  };
  const auto oldest = std::min_element(
      world.upgrades->begin(), world.upgrades->end(), [&](const auto& a, const auto& b) {
        return order(a.second) < order(b.second);
      });
  return oldest->second;
}

/// A changed spec (other than paused) and a new `retry` value grant fresh attempts.
void NoteEdits(Planning& planning) {
  api::ClusterUpgradeStatus& status = planning.status();
  const std::string retry = AnnotationOf(planning.upgrade().meta, api::kRetry);
  const bool edited = !status.spec_hash.empty() && status.spec_hash != planning.spec().fingerprint;
  // A pipeline that prunes the annotation asks for nothing.
  const bool asked = !retry.empty() && status.last_handled_retry != retry;
  if (edited || asked) {
    for (api::NodeFailure& failure : status.failures) {
      failure.retried = true;
    }
    for (api::NodeInWork& entry : status.in_progress) {
      entry.attempt_limit = entry.attempt + planning.spec().failure_policy.max_attempts;
    }
  }
  if (edited || asked) {
    std::erase_if(status.postponed, [](const auto& entry) {
      return entry.reason == api::PostponeReason::kDrainTimeout;
    });
  }
  if (asked) {
    std::erase_if(status.postponed,
                  [&](const auto& entry) { return !planning.InWork(entry.name); });
  }
  if (edited) {
    status.warnings.clear();
    status.warnings_total = 0;
    planning.plan().memory.told.clear();
    planning.plan().memory.refused_nodes.clear();
  }
  status.spec_hash = planning.spec().fingerprint;
  if (asked) {
    status.last_handled_retry = retry;
  }
  status.observed_generation = planning.upgrade().meta.generation;
}

/// The clocks of a drain and of a person at work stand while paused: they start again afterwards.
void NoteResumption(Planning& planning) {
  api::ClusterUpgradeStatus& status = planning.status();
  if (planning.paused()) {
    status.paused_time = status.paused_time.value_or(planning.now());
    return;
  }
  if (!status.paused_time) {
    return;
  }
  status.paused_time.reset();
  for (api::NodeInWork& entry : status.in_progress) {
    if (entry.step == api::NodeStep::kDraining) {
      entry.step_time = planning.now();
      entry.drain_start = entry.drain_start ? std::optional(planning.now()) : std::nullopt;
    }
    if (entry.announced) {
      entry.announced = planning.now();
    }
  }
}

bool SameNode(const Planning& planning, const std::string& name, const std::string& uid) {
  const api::Node* node = planning.FindNode(name);
  return node != nullptr && node->meta.uid == uid;
}

/// Forgets what is said of nodes that are gone or were replaced.
void ForgetThePast(Planning& planning) {
  api::ClusterUpgradeStatus& status = planning.status();
  const auto gone = [&](const auto& entry) { return !SameNode(planning, entry.name, entry.uid); };
  std::erase_if(status.in_progress, gone);
  std::erase_if(status.postponed, gone);
  std::erase_if(status.failures, gone);
}

/// Takes a node into work for its release alone.
void Release(Planning& planning, const ScopedNode& scoped, const std::string& why) {
  if (planning.status().in_progress.size() < kInWorkMax) {
    api::NodeInWork entry = StartWork(planning, scoped);
    entry.cordon_time = planning.now();
    GiveBack(planning, entry, why);
    planning.status().in_progress.push_back(std::move(entry));
  }
}

/// Failures and postponements of nodes that are done after all. A person who took our cordon off a
/// failed node by hand has left its optional marks: they go now.
void ForgetHealed(Planning& planning) {
  api::ClusterUpgradeStatus& status = planning.status();
  const auto done = [&](const auto& entry) {
    const ScopedNode* scoped = planning.scope().Find(entry.name);
    return scoped->done() && scoped->node->ready && !planning.InWork(entry.name);
  };
  std::vector<const ScopedNode*> marked;
  for (const api::NodeFailure& failure : status.failures) {
    const ScopedNode* scoped = planning.scope().Find(failure.name);
    if (done(failure) && failure.node_changed && ShowsOptionalMarks(*scoped->node)) {
      marked.push_back(scoped);
    }
  }
  std::erase_if(status.failures, done);
  std::erase_if(status.postponed, done);
  for (const ScopedNode* scoped : marked) {
    Release(planning, *scoped, "its marks were left over");
  }
}

/// Whether no upgrade Job is known to be at work on the node: it may be judged.
bool IsQuiet(Planning& planning, const std::string& node) {
  planning.Watch(WatchKind::kPodsOnNode, node);
  const api::ObjectMap<api::Pod>* pods = planning.PodsOf(node);
  return pods != nullptr && LiveJobPod(planning, *pods) == nullptr &&
         UnfinishedJobBeside(*planning.world().jobs, node, "") == nullptr;
}

/// Failed nodes that a person repaired, and marks of ours that have lost their meaning: on nodes
/// that are not in work, and on failed ones that a person uncordoned.
void PickUpMarkedNodes(Planning& planning) {
  for (const ScopedNode& scoped : planning.scope().nodes) {
    const std::string& name = scoped.node->meta.name;
    if (!planning.Marked(*scoped.node) || planning.InWork(name) ||
        planning.status().in_progress.size() >= kInWorkMax) {
      continue;
    }
    const api::NodeFailure* failure = planning.FailureOf(name);
    if (failure != nullptr && scoped.at_target && scoped.node->ready &&
        Overcome(planning, *failure, *scoped.node) && IsQuiet(planning, name)) {
      planning.status().in_progress.push_back(StartVerifying(planning, *failure));
    } else if (failure == nullptr || !failure->node_changed || planning.deleted() ||
               !scoped.node->unschedulable) {
      Release(planning, scoped, "its cordon was left over");
    }
  }
}

void AdvanceAll(Planning& planning) {
  std::vector<api::NodeInWork> before;
  before.swap(planning.status().in_progress);
  // Everybody asks who is in work, so each entry is put back before the next one is looked at.
  planning.status().in_progress = before;
  for (api::NodeInWork& entry : before) {
    const Outcome outcome = Advance(planning, entry);
    auto& in_progress = planning.status().in_progress;
    const auto found = std::find_if(in_progress.begin(), in_progress.end(), [&](const auto& other) {
      return other.name == entry.name;
    });
    switch (outcome) {
      case Outcome::kInWork:
        *found = std::move(entry);
        break;
      case Outcome::kLeavesWork:
        in_progress.erase(found);
        break;
    }
  }
}

/// Our finalizer while a node is in work or a pod is saved, and only then: before the first cordon,
/// until the last release.
void WantFinalizer(Planning& planning) {
  const auto& present = planning.upgrade().meta.finalizers;
  const bool has =
      std::find(present.begin(), present.end(), std::string(api::kFinalizer)) != present.end();
  const bool wanted = !planning.status().in_progress.empty() || planning.status().saved_pods > 0;
  if (has == wanted || (wanted && planning.deleted())) {
    return;
  }
  SetFinalizer act{planning.upgrade().meta.name, planning.upgrade().meta.uid, present};
  if (wanted) {
    act.wanted.emplace_back(api::kFinalizer);
    std::erase_if(planning.plan().actions,
                  [](const Act& other) { return std::holds_alternative<CordonNode>(other); });
  } else {
    std::erase(act.wanted, std::string(api::kFinalizer));
  }
  planning.plan().actions.insert(planning.plan().actions.begin(), std::move(act));
}

/// Finished Jobs of ours whose verdict is in the status go away after an hour.
void WantExpiry(Planning& planning) {
  for (const auto& known : *planning.world().jobs) {
    const api::Job& job = known.second;
    const auto& entries = planning.upgrade().status.in_progress;
    const bool judged = std::none_of(entries.begin(), entries.end(), [&](const auto& entry) {
      return entry.step == api::NodeStep::kUpgrading && entry.job_name == job.meta.name &&
             !entry.retry_time;
    });
    if ((job.complete || job.failed) && !job.ttl_seconds && judged) {
      planning.Want(ExpireJob{job.meta.name, job.meta.uid});
    }
  }
}

void TidyMemory(Planning& planning) {
  const auto verifying = [&](const auto& known) {
    const auto& entries = planning.upgrade().status.in_progress;
    const auto& next = planning.status().in_progress;
    const auto same = [&](const auto& entry) { return entry.uid == known.first; };
    return std::any_of(entries.begin(), entries.end(), same) ||
           std::any_of(next.begin(), next.end(), same);
  };
  std::erase_if(planning.plan().memory.healthy,
                [&](const auto& known) { return !verifying(known); });
  std::erase_if(planning.plan().memory.lease_before,
                [&](const auto& known) { return !verifying(known); });
  std::erase_if(planning.plan().memory.blocked_since, [&](const auto& known) {
    const auto& entries = planning.status().in_progress;
    return std::none_of(entries.begin(), entries.end(), [&](const auto& entry) {
      return known.first.node_uid == entry.uid;
    });
  });
}

/// The epoch goes into the status together with an intent, and before any act.
void Stamp(Planning& planning) {
  api::ClusterUpgradeStatus& status = planning.status();
  if (!planning.plan().actions.empty() || IntentOf(status) != IntentOf(planning.upgrade().status)) {
    status.epoch = planning.world().self.epoch;
  }
}

void WatchSelf(Planning& planning) {
  const auto& in_progress = planning.status().in_progress;
  const bool own = std::any_of(in_progress.begin(), in_progress.end(), [&](const auto& entry) {
    return entry.name == planning.world().self.node;
  });
  if (own && !planning.world().self.pod.empty()) {
    planning.Watch(WatchKind::kOwnReplicas, "");
  }
}

void WarnOfNewerNodes(Planning& planning) {
  for (const ScopedNode& scoped : planning.scope().nodes) {
    if (scoped.skip && scoped.skip->reason == api::SkipReason::kNewerThanTarget) {
      const std::string& name = scoped.node->meta.name;
      planning.AddWarning({api::FindingType::kNewerThanTarget,
                           name,
                           "node " + name + " is left alone, " + scoped.skip->text,
                           false});
    }
  }
}

std::vector<Hold> Decide(Planning& planning) {
  const bool bounded_by_server = !planning.scope().SeesApiServer();
  if (bounded_by_server) {
    // Also under a halt: what it says may be the cause, and its end.
    planning.Watch(WatchKind::kServerVersion, "");
  }
  if (planning.halt() || planning.deleted()) {
    return {};
  }
  if (bounded_by_server && planning.world().server_version.empty()) {
    return {Hold::Passing(api::HoldReason::kWaitingForServerVersion,
                          "asking the API server for its version")};
  }
  return StartNodes(planning);
}

/// True when the object is one that acts.
bool CheckIsOldest(Planning& planning) {
  const api::ClusterUpgrade& oldest = Oldest(planning.world());
  if (oldest.meta.uid == planning.upgrade().meta.uid) {
    return true;
  }
  planning.set_halt(
      Hold::NeedsPerson(api::HoldReason::kAnotherClusterUpgrade,
                        "only the oldest ClusterUpgrade acts, which is " + oldest.meta.name));
  if (!planning.status().in_progress.empty() || planning.status().saved_pods > 0) {
    return true;  // what it began is given back or seen through first
  }
  SetConditionsOfBystander(planning, oldest.meta.name);
  return false;
}

}  // namespace

Plan MakePlan(const World& world) {
  Planning planning(world);
  NoteEdits(planning);
  NoteResumption(planning);
  ForgetThePast(planning);
  planning.status().control_plane_gap_seconds =
      std::max(planning.status().control_plane_gap_seconds, world.api_gap_seconds);
  if (!CheckIsOldest(planning)) {
    WantFinalizer(planning);
    Stamp(planning);
    return std::move(planning.plan());
  }
  if (!planning.halt()) {
    planning.set_halt(CheckTarget(world, planning.scope()));
  }
  AdvanceAll(planning);
  NoteAdoption(planning);
  ForgetHealed(planning);
  PickUpMarkedNodes(planning);
  WarnOfNewerNodes(planning);
  const std::vector<Hold> holds = Decide(planning);
  for (const api::NodeInWork& entry : planning.status().in_progress) {
    planning.Watch(WatchKind::kPodsOnNode, entry.name);
  }
  WatchSelf(planning);
  CareForSavedPods(planning);
  WantExpiry(planning);
  WantFinalizer(planning);
  Count(planning);
  SetConditions(planning, holds);
  TidyMemory(planning);
  Stamp(planning);
  return std::move(planning.plan());
}

}  // namespace cu::planner
