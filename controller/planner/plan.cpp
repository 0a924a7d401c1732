#include "planner/plan.hpp"

#include <algorithm>
#include <string_view>
#include <tuple>

#include "api/marks.hpp"
#include "planner/conditions.hpp"
#include "planner/history.hpp"
#include "planner/node_steps.hpp"
#include "planner/recreate.hpp"
#include "planner/release.hpp"
#include "planner/starting.hpp"

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
void NoteEdits(Draft& draft) {
  api::ClusterUpgradeStatus& status = draft.status();
  const std::string retry = AnnotationOf(draft.upgrade().meta, api::kRetry);
  const bool edited = !status.spec_hash.empty() && status.spec_hash != draft.spec().fingerprint;
  // A pipeline that prunes the annotation asks for nothing.
  const bool asked = !retry.empty() && status.last_handled_retry != retry;
  if (edited || asked) {
    for (api::NodeFailure& failure : status.failures) {
      failure.retried = true;
    }
    for (api::NodeInWork& entry : status.in_progress) {
      entry.attempt_limit = entry.attempt + draft.spec().failure_policy.max_attempts;
    }
  }
  if (edited || asked) {
    std::erase_if(status.postponed,
                  [](const auto& entry) { return entry.reason == kDrainTimeout; });
  }
  if (asked) {
    std::erase_if(status.postponed, [&](const auto& entry) { return !draft.InWork(entry.name); });
  }
  if (edited) {
    status.warnings.clear();
    status.warnings_total = 0;
    draft.plan().memory.told.clear();
    draft.plan().memory.refused_nodes.clear();
  }
  status.spec_hash = draft.spec().fingerprint;
  if (asked) {
    status.last_handled_retry = retry;
  }
  status.observed_generation = draft.upgrade().meta.generation;
}

/// The clocks of a drain and of a person at work stand while paused: they start again afterwards.
void NoteResumption(Draft& draft) {
  const auto& conditions = draft.status().conditions;
  const bool was_paused =
      std::any_of(conditions.begin(), conditions.end(), [](const api::Condition& condition) {
        return condition.type == "Reconciling" && condition.reason == "Paused";
      });
  if (!was_paused || draft.paused()) {
    return;
  }
  for (api::NodeInWork& entry : draft.status().in_progress) {
    if (entry.step == api::NodeStep::kDraining) {
      entry.step_time = draft.now();
      entry.drain_start = entry.drain_start ? std::optional(draft.now()) : std::nullopt;
    }
    if (entry.announced) {
      entry.announced = draft.now();
    }
  }
}

bool SameNode(const Draft& draft, const std::string& name, const std::string& uid) {
  const api::Node* node = draft.FindNode(name);
  return node != nullptr && node->meta.uid == uid;
}

/// Forgets what is said of nodes that are gone or were replaced.
void ForgetThePast(Draft& draft) {
  api::ClusterUpgradeStatus& status = draft.status();
  const auto gone = [&](const auto& entry) { return !SameNode(draft, entry.name, entry.uid); };
  std::erase_if(status.in_progress, gone);
  std::erase_if(status.postponed, gone);
  std::erase_if(status.failures, gone);
}

/// Takes a node into work for its release alone.
void Release(Draft& draft, const ScopedNode& scoped, const std::string& why) {
  if (draft.status().in_progress.size() < kInWorkMax) {
    api::NodeInWork entry = StartWork(draft, scoped);
    entry.cordon_time = draft.now();
    GiveBack(draft, entry, why);
    draft.status().in_progress.push_back(std::move(entry));
  }
}

/// Failures and postponements of nodes that are done after all. A person who took our cordon off a
/// failed node by hand has left its optional marks: they go now.
void ForgetHealed(Draft& draft) {
  api::ClusterUpgradeStatus& status = draft.status();
  const auto done = [&](const auto& entry) {
    const ScopedNode* scoped = draft.scope().Find(entry.name);
    return scoped->done() && scoped->node->ready && !draft.InWork(entry.name);
  };
  std::vector<const ScopedNode*> marked;
  for (const api::NodeFailure& failure : status.failures) {
    const ScopedNode* scoped = draft.scope().Find(failure.name);
    if (done(failure) && failure.node_changed && ShowsOptionalMarks(*scoped->node)) {
      marked.push_back(scoped);
    }
  }
  std::erase_if(status.failures, done);
  std::erase_if(status.postponed, done);
  for (const ScopedNode* scoped : marked) {
    Release(draft, *scoped, "its marks were left over");
  }
}

/// Whether no upgrade Job is known to be at work on the node: it may be judged.
bool IsQuiet(Draft& draft, const std::string& node) {
  draft.Watch(InterestKind::kPodsOnNode, node);
  const api::ObjectMap<api::Pod>* pods = draft.PodsOf(node);
  return pods != nullptr && LiveJobPod(draft, *pods) == nullptr &&
         UnfinishedJobBeside(*draft.world().jobs, node, "") == nullptr;
}

/// Failed nodes that a person repaired, and marks of ours that have lost their meaning: on nodes
/// that are not in work, and on failed ones that a person uncordoned.
void PickUpMarkedNodes(Draft& draft) {
  for (const ScopedNode& scoped : draft.scope().nodes) {
    const std::string& name = scoped.node->meta.name;
    if (!draft.Marked(*scoped.node) || draft.InWork(name) ||
        draft.status().in_progress.size() >= kInWorkMax) {
      continue;
    }
    const api::NodeFailure* failure = draft.FailureOf(name);
    if (failure != nullptr && scoped.at_target && scoped.node->ready &&
        Overcome(draft, *failure, *scoped.node) && IsQuiet(draft, name)) {
      draft.status().in_progress.push_back(StartVerifying(draft, *failure));
    } else if (failure == nullptr || !failure->node_changed || draft.deleted() ||
               !scoped.node->unschedulable) {
      Release(draft, scoped, "its cordon was left over");
    }
  }
}

void AdvanceAll(Draft& draft) {
  std::vector<api::NodeInWork> before;
  before.swap(draft.status().in_progress);
  // Everybody asks who is in work, so each entry is put back before the next one is looked at.
  draft.status().in_progress = before;
  for (api::NodeInWork& entry : before) {
    const Outcome outcome = Advance(draft, entry);
    auto& in_progress = draft.status().in_progress;
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
void WantFinalizer(Draft& draft) {
  const auto& present = draft.upgrade().meta.finalizers;
  const bool has =
      std::find(present.begin(), present.end(), std::string(api::kFinalizer)) != present.end();
  const bool wanted = !draft.status().in_progress.empty() || draft.status().saved_pods > 0;
  if (has == wanted || (wanted && draft.deleted())) {
    return;
  }
  SetFinalizer act{draft.upgrade().meta.name, draft.upgrade().meta.uid, present};
  if (wanted) {
    act.wanted.emplace_back(api::kFinalizer);
    std::erase_if(draft.plan().actions,
                  [](const Act& other) { return std::holds_alternative<CordonNode>(other); });
  } else {
    std::erase(act.wanted, std::string(api::kFinalizer));
  }
  draft.plan().actions.insert(draft.plan().actions.begin(), std::move(act));
}

/// Finished Jobs of ours whose verdict is in the status go away after an hour.
void WantExpiry(Draft& draft) {
  for (const auto& known : *draft.world().jobs) {
    const api::Job& job = known.second;
    const auto& entries = draft.upgrade().status.in_progress;
    const bool judged = std::none_of(entries.begin(), entries.end(), [&](const auto& entry) {
      return entry.step == api::NodeStep::kUpgrading && entry.job_name == job.meta.name &&
             !entry.retry_time;
    });
    if ((job.complete || job.failed) && !job.ttl_seconds && judged) {
      draft.Want(ExpireJob{job.meta.name, job.meta.uid});
    }
  }
}

void TidyMemory(Draft& draft) {
  const auto verifying = [&](const auto& known) {
    const auto& entries = draft.upgrade().status.in_progress;
    const auto& next = draft.status().in_progress;
    const auto same = [&](const auto& entry) { return entry.uid == known.first; };
    return std::any_of(entries.begin(), entries.end(), same) ||
           std::any_of(next.begin(), next.end(), same);
  };
  std::erase_if(draft.plan().memory.healthy, [&](const auto& known) { return !verifying(known); });
  std::erase_if(draft.plan().memory.lease_before,
                [&](const auto& known) { return !verifying(known); });
  std::erase_if(draft.plan().memory.blocked_since, [&](const auto& known) {
    const auto& entries = draft.status().in_progress;
    return std::none_of(entries.begin(), entries.end(), [&](const auto& entry) {
      return known.first.starts_with(entry.uid + " ");
    });
  });
}

/// The epoch goes into the status together with an intent, and before any act.
void Stamp(Draft& draft) {
  api::ClusterUpgradeStatus& status = draft.status();
  if (!draft.plan().actions.empty() || IntentOf(status) != IntentOf(draft.upgrade().status)) {
    status.epoch = draft.world().self.epoch;
  }
}

void WatchSelf(Draft& draft) {
  const auto& in_progress = draft.status().in_progress;
  const bool own = std::any_of(in_progress.begin(), in_progress.end(), [&](const auto& entry) {
    return entry.name == draft.world().self.node;
  });
  if (own && !draft.world().self.pod.empty()) {
    draft.Watch(InterestKind::kOwnReplicas, "");
  }
}

void WarnOfNewerNodes(Draft& draft) {
  for (const ScopedNode& scoped : draft.scope().nodes) {
    if (scoped.skipped.starts_with("NewerThanTarget")) {
      draft.AddWarning("node " + scoped.node->meta.name + " is left alone, " + scoped.skipped);
    }
  }
}

Waiting Decide(Draft& draft) {
  const bool bounded_by_server = !draft.scope().SeesApiServer();
  if (bounded_by_server) {
    // Also under a halt: what it says may be the cause, and its end.
    draft.Watch(InterestKind::kServerVersion, "");
  }
  if (draft.halt() || draft.deleted()) {
    return {};
  }
  if (bounded_by_server && draft.world().server_version.empty()) {
    return {"WaitingForServerVersion", "asking the API server for its version", false, false, ""};
  }
  return StartNodes(draft);
}

/// True when the object is one that acts.
bool CheckIsOldest(Draft& draft) {
  const api::ClusterUpgrade& oldest = Oldest(draft.world());
  if (oldest.meta.uid == draft.upgrade().meta.uid) {
    return true;
  }
  draft.set_halt(Halt{"AnotherClusterUpgrade",
                      "only the oldest ClusterUpgrade acts, which is " + oldest.meta.name});
  if (!draft.status().in_progress.empty() || draft.status().saved_pods > 0) {
    return true;  // what it began is given back or seen through first
  }
  SetConditionsOfBystander(draft, oldest.meta.name);
  return false;
}

}  // namespace

Plan MakePlan(const World& world) {
  Draft draft(world);
  NoteEdits(draft);
  NoteResumption(draft);
  ForgetThePast(draft);
  draft.status().control_plane_gap_seconds =
      std::max(draft.status().control_plane_gap_seconds, world.api_gap_seconds);
  if (!CheckIsOldest(draft)) {
    WantFinalizer(draft);
    Stamp(draft);
    return std::move(draft.plan());
  }
  if (!draft.halt()) {
    draft.set_halt(CheckTarget(world, draft.scope()));
  }
  AdvanceAll(draft);
  NoteAdoption(draft);
  ForgetHealed(draft);
  PickUpMarkedNodes(draft);
  WarnOfNewerNodes(draft);
  const Waiting waiting = Decide(draft);
  for (const api::NodeInWork& entry : draft.status().in_progress) {
    draft.Watch(InterestKind::kPodsOnNode, entry.name);
  }
  WatchSelf(draft);
  CareForSavedPods(draft);
  WantExpiry(draft);
  WantFinalizer(draft);
  Count(draft);
  SetConditions(draft, waiting);
  TidyMemory(draft);
  Stamp(draft);
  return std::move(draft.plan());
}

}  // namespace cu::planner
