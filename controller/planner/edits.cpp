#include "planner/edits.hpp"

#include <algorithm>
#include <chrono>

#include "api/labels.hpp"
#include "planner/model/history.hpp"
#include "planner/nodes/deleted_nodes.hpp"

namespace cu::planner {
namespace {

base::WallTime NowOf(const World& world) {
  return std::chrono::floor<std::chrono::seconds>(world.now.wall);
}

void GrantFreshAttempts(const World& world, api::ClusterUpgradeStatus& status) {
  for (api::NodeFailure& failure : status.failures) {
    failure.retried = true;
  }
  for (api::NodeInWork& entry : status.in_progress) {
    entry.attempt_limit = entry.attempt + world.upgrade->spec.failure_policy.max_attempts;
  }
  std::erase_if(status.postponed, [](const auto& entry) {
    return entry.reason == api::PostponeReason::kDrainTimeout;
  });
  if (status.token_refresh) {
    status.token_refresh->failures.clear();
  }
}

void NoteEdits(const World& world, api::ClusterUpgradeStatus& status, Memory& memory) {
  const api::ClusterUpgrade& upgrade = *world.upgrade;
  const std::string retry = api::AnnotationOf(upgrade.meta, api::kRetry);
  const bool edited = !status.spec_hash.empty() && status.spec_hash != upgrade.spec.fingerprint;
  // A pipeline that prunes the annotation asks for nothing.
  const bool asked = !retry.empty() && status.last_handled_retry != retry;
  if (edited || asked) {
    GrantFreshAttempts(world, status);
    memory.refresh = {};
  }
  if (edited || asked) {
    // Who asks again no longer counts on a replacement.
    std::erase_if(status.deleted_nodes, [&](const auto& deleted) {
      return deleted.overdue || (asked && deleted.awaited());
    });
  }
  if (asked) {
    std::erase_if(status.postponed, [&](const auto& postponed) {
      return std::none_of(status.in_progress.begin(),
                          status.in_progress.end(),
                          [&](const auto& entry) { return entry.name == postponed.name; });
    });
    status.last_handled_retry = retry;
  }
  if (edited) {
    status.warnings.clear();
    status.warnings_total = 0;
    memory.reported.clear();
    memory.gates.refused_nodes.clear();
  }
  status.spec_hash = upgrade.spec.fingerprint;
  status.observed_generation = upgrade.meta.generation;
}

/// The clocks of a drain and of a person at work stand while paused: they start again afterwards.
void NotePause(const World& world, api::ClusterUpgradeStatus& status) {
  const base::WallTime now = NowOf(world);
  if (world.upgrade->spec.paused && !world.upgrade->meta.deleted) {
    status.paused_time = status.paused_time.value_or(now);
    return;
  }
  if (!status.paused_time) {
    return;
  }
  status.paused_time.reset();
  for (api::NodeInWork& entry : status.in_progress) {
    if (entry.step == api::NodeStep::kDraining) {
      entry.step_time = now;
      entry.drain_start = entry.drain_start ? std::optional(now) : std::nullopt;
    }
    if (entry.announced) {
      entry.announced = now;
    }
  }
  for (api::DeletedNode& deleted : status.deleted_nodes) {
    deleted.time = deleted.awaited() ? now : deleted.time;
  }
}

/// Forgets what is said of nodes that are gone or were replaced.
void ForgetThePast(const World& world, api::ClusterUpgradeStatus& status) {
  const auto gone = [&](const auto& entry) {
    const auto node = world.nodes->find(entry.name);
    return node == world.nodes->end() || node->second.meta.uid != entry.uid;
  };
  std::erase_if(status.in_progress, gone);
  std::erase_if(status.postponed, gone);
  std::erase_if(status.failures, [&](const auto& failure) {
    return failure.reason == api::FailureReason::kNotReplaced ? PlaceOf(status, failure) == nullptr
                                                              : gone(failure);
  });
}

/// Attempts and postponements of workers belong to their hop. A control-plane node that has failed
/// is not forgiven: nothing goes on beside it.
void NoteHop(const World& world, api::ClusterUpgradeStatus& status) {
  const std::string& hop = world.scope->route().current().target.text;
  if (status.current_hop.empty() || status.current_hop == hop) {
    return;
  }
  for (api::NodeFailure& failure : status.failures) {
    const ScopedNode* scoped = world.scope->Find(failure.name);
    failure.retried =
        failure.retried || (scoped != nullptr && !scoped->control_plane && failure.version != hop);
  }
  std::erase_if(status.postponed, [](const auto& entry) {
    return entry.reason == api::PostponeReason::kDrainTimeout;
  });
}

}  // namespace

api::ClusterUpgradeStatus EditedStatus(const World& world, Memory& memory) {
  api::ClusterUpgradeStatus status = world.upgrade->status;
  NoteEdits(world, status, memory);
  NotePause(world, status);
  NoteDeletedNodes(world, status);
  ForgetThePast(world, status);
  NoteHop(world, status);
  NoteOutages(world.api_outages, status);
  return status;
}

}  // namespace cu::planner
