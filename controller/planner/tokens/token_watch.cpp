#include "planner/tokens/token_watch.hpp"

#include <utility>

#include "planner/tokens/key_change.hpp"
#include "planner/tokens/settling.hpp"

namespace cu::planner {
namespace {

using api::TokenPhase;

/// The survey answers what the durable status asks.
void TakeLook(const Planning& planning, TokenWork& work) {
  api::TokenRefreshStatus& status = *work.status;
  work.add.Watch(WatchKind::kSurvey, "");
  const Survey* survey = planning.world().survey;
  const std::string question = TokenQuestion(planning.upgrade());
  if (survey == nullptr || question.empty() || survey->tokens.made_for != question) {
    status.phase = TokenPhase::kProving;
    return;
  }
  const TokenLook& look = survey->tokens;
  status.pods = look.pods;
  status.look_time = std::chrono::floor<std::chrono::seconds>(look.began);
  status.laggards = look.laggards;
  status.laggards_total = look.laggards_total;
  status.phase = look.pods.stale > 0 ? TokenPhase::kStale : TokenPhase::kCurrent;
  // Skipped pods are looked at again: they may go, or come into scope.
  if (look.pods.stale == 0 && look.pods.skipped == 0) {
    status.change->completed = planning.now();
    status.droppable = status.change->old_signers;
  }
}

void WakeForRequest(const Planning& planning, Contribution& add) {
  const auto& wanted = planning.spec().token_refresh.started_before;
  if (wanted && *wanted > planning.now()) {
    add.WakeAt(planning.WakeFor(*wanted));
  }
}

}  // namespace

TokenWork WatchTokens(const Planning& planning, TokenMemory memory) {
  TokenWork work;
  if (planning.spec().token_refresh.mode == api::TokenRefreshMode::kDisabled ||
      planning.deleted()) {
    return work;
  }
  work.memory = std::move(memory);
  work.status = planning.upgrade().status.token_refresh.value_or(api::TokenRefreshStatus{});
  api::TokenRefreshStatus& status = *work.status;
  const World& world = planning.world();
  if (!world.self.pod.empty()) {
    work.add.Watch(WatchKind::kAuthority, "");
  }
  NoteKeys(world, planning.now(), status);
  WakeForRequest(planning, work.add);
  work.memory.asked = work.memory.asked || world.key_set != nullptr;
  const bool open = status.change && !status.change->completed;
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
  if (work.waits_for.empty()) {
    TakeLook(planning, work);
  } else {
    status.phase = TokenPhase::kSettling;
  }
  return work;
}

}  // namespace cu::planner
