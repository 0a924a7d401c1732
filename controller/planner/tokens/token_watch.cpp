#include "planner/tokens/token_watch.hpp"

#include <utility>

#include "planner/tokens/key_change.hpp"
#include "planner/tokens/looks.hpp"
#include "planner/tokens/refreshing.hpp"
#include "planner/tokens/settling.hpp"

namespace cu::planner {
namespace {

using api::TokenPhase;

void Report(const Planning& planning, TokenWork& work) {
  api::TokenRefreshStatus& status = *work.status;
  work.add.Watch(WatchKind::kSurvey, "");
  const TokenLook* look = AnsweringLook(planning);
  if (look == nullptr) {
    status.phase = TokenPhase::kProving;
    return;
  }
  NoteLook(*look, status);
  status.phase = look->pods.stale > 0 ? TokenPhase::kStale : TokenPhase::kCurrent;
  // Skipped pods are looked at again: they may go, or come into scope.
  if (look->pods.stale == 0 && look->pods.skipped == 0) {
    Complete(planning.now(), status);
  }
}

void WakeForRequest(const Planning& planning, Contribution& add) {
  const auto& wanted = planning.spec().token_refresh.started_before;
  if (wanted && *wanted > planning.now()) {
    add.WakeAt(planning.WakeFor(*wanted));
  }
}

}  // namespace

TokenWork WatchTokens(const Planning& planning,
                      bool nodes_may_start,
                      TokenMemory memory,
                      RefreshMemory refresh) {
  TokenWork work;
  if (planning.spec().token_refresh.mode == api::TokenRefreshMode::kDisabled ||
      planning.deleted()) {
    return work;
  }
  work.memory = std::move(memory);
  work.refresh = std::move(refresh);
  work.status = planning.status().token_refresh.value_or(api::TokenRefreshStatus{});
  api::TokenRefreshStatus& status = *work.status;
  const World& world = planning.world();
  if (!world.self.pod.empty()) {
    work.add.Watch(WatchKind::kAuthority, "");
  }
  NoteKeys(world, planning.now(), status);
  WakeForRequest(planning, work.add);
  work.memory.asked = work.memory.asked || world.key_set != nullptr;
  const bool open = status.change && !status.change->completed;
  work.replaces = planning.spec().token_refresh.mode == api::TokenRefreshMode::kAuto;
  if (!open || !work.replaces) {
    status.in_progress.clear();
    status.failures.clear();
    work.refresh = {};
  }
  if ((open && HasToSettle(*status.change)) ||
      (!work.memory.asked && !status.keys.signer.empty())) {
    work.add.Watch(WatchKind::kKeySet, "");
  }
  if (!open) {
    status.phase = status.keys.signer.empty() ? TokenPhase::kUnknown : TokenPhase::kCurrent;
    return work;
  }
  Settling settling = Settle(planning, std::move(status), std::move(work.memory));
  status = std::move(settling.status);
  work.memory = std::move(settling.memory);
  work.waits_for = std::move(settling.waits_for);
  work.disagree = ServersDisagree(world, status);
  work.add.Add(std::move(settling.add));
  if (work.disagree) {
    // Whoever was created meanwhile may hold an old token.
    status.change->since.reset();
    status.change->settled_by = api::SettledBy::kNone;
  }
  if (!work.waits_for.empty() || work.disagree) {
    status.phase = TokenPhase::kSettling;
    status.in_progress.clear();
    work.refresh = {};
  } else if (work.replaces) {
    RefreshWorkloads(planning, nodes_may_start, work);
  } else {
    Report(planning, work);
  }
  return work;
}

}  // namespace cu::planner
