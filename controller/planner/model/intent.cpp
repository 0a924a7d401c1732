#include "planner/model/intent.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <tuple>
#include <utility>

namespace cu::planner {
namespace {

auto IntentOf(const api::NodeInWork& entry) {
  return std::tuple(
      entry.step,
      entry.stage,
      entry.attempt,
      entry.retry_time,
      entry.drain_start.has_value(),
      entry.node_changed,
      entry.verified,
      entry.newest_pod,
      entry.returned.size(),
      std::tie(entry.name, entry.uid, entry.version, entry.job_name, entry.job_uid, entry.run_id));
}

auto IntentOf(const api::NodeFailure& failure) {
  return std::tie(failure.name,
                  failure.uid,
                  failure.version,
                  failure.attempts,
                  failure.reason,
                  failure.retried);
}

auto IntentOf(const api::PostponedNode& postponed) {
  return std::tie(postponed.name, postponed.uid, postponed.reason);
}

auto IntentOf(const api::DeletedNode& deleted) {
  return std::tie(
      deleted.name, deleted.uid, deleted.pool, deleted.overdue, deleted.replacement_uid);
}

auto IntentOf(const api::WorkloadInWork& entry) {
  return std::tie(entry.workload, entry.method, entry.pods);
}

auto IntentOf(const api::FailedWorkload& failure) {
  return std::tie(failure.workload, failure.reason);
}

template <class Entries>
bool Same(const Entries& a, const Entries& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
    return IntentOf(x) == IntentOf(y);
  });
}

bool NodesUnfinished(const api::ClusterUpgradeStatus& status) {
  return !status.in_progress.empty();
}

bool NodesSame(const api::ClusterUpgradeStatus& a, const api::ClusterUpgradeStatus& b) {
  return Same(a.in_progress, b.in_progress) && Same(a.failures, b.failures) &&
         Same(a.postponed, b.postponed) && Same(a.deleted_nodes, b.deleted_nodes);
}

bool SavedPodsUnfinished(const api::ClusterUpgradeStatus& status) {
  return status.saved_pods > 0;
}

bool SavedPodsSame(const api::ClusterUpgradeStatus& a, const api::ClusterUpgradeStatus& b) {
  return SavedPodsUnfinished(a) == SavedPodsUnfinished(b) && a.saved_digests == b.saved_digests;
}

bool TaintsUnfinished(const api::ClusterUpgradeStatus& status) {
  return status.outdated_tainted;
}

bool TaintsSame(const api::ClusterUpgradeStatus& a, const api::ClusterUpgradeStatus& b) {
  return a.outdated_tainted == b.outdated_tainted;
}

/// Nothing has to be given back, but what was seen of tokens must outlive this process.
bool TokensUnfinished(const api::ClusterUpgradeStatus&) {
  return false;
}

bool TokensSame(const api::ClusterUpgradeStatus& a, const api::ClusterUpgradeStatus& b) {
  const auto of = [](const api::ClusterUpgradeStatus& status) {
    return status.token_refresh.value_or(api::TokenRefreshStatus{});
  };
  const api::TokenRefreshStatus before = of(a);
  const api::TokenRefreshStatus after = of(b);
  return before.keys == after.keys && before.change == after.change &&
         before.round == after.round && Same(before.in_progress, after.in_progress) &&
         Same(before.failures, after.failures);
}

constexpr auto kKinds = std::to_array<KindOfWork>({
    {"nodes", NodesUnfinished, NodesSame},
    {"saved pods", SavedPodsUnfinished, SavedPodsSame},
    {"taints", TaintsUnfinished, TaintsSame},
    {"tokens", TokensUnfinished, TokensSame},
});

}  // namespace

std::span<const KindOfWork> KindsOfWork() {
  return kKinds;
}

bool HasUnfinishedWork(const api::ClusterUpgradeStatus& status) {
  return std::any_of(kKinds.begin(), kKinds.end(), [&](const KindOfWork& kind) {
    return kind.unfinished(status);
  });
}

bool SameIntent(const api::ClusterUpgradeStatus& a, const api::ClusterUpgradeStatus& b) {
  const auto whole = [](const api::ClusterUpgradeStatus& status) {
    return std::tie(status.observed_generation,
                    status.epoch,
                    status.spec_hash,
                    status.last_handled_retry,
                    status.run,
                    status.run_id);
  };
  return whole(a) == whole(b) && std::all_of(kKinds.begin(), kKinds.end(), [&](const auto& kind) {
           return kind.same_intent(a, b);
         });
}

}  // namespace cu::planner
