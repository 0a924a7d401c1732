#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "base/backoff.hpp"
#include "codec/decode.hpp"
#include "core/reconciler.hpp"
#include "core/requests.hpp"
#include "kube/responses.hpp"
#include "planner/model/intent.hpp"
#include "planner/report/event_records.hpp"

// The part of the Reconciler that makes statuses durable.
namespace cu::core {
namespace {

using namespace std::chrono_literals;

constexpr auto kReportPeriod = 1s;
// Jitter makes each of them up to twice as long.
constexpr base::Backoff kBackoff{1s, 30s};
constexpr std::chrono::milliseconds kNoAnswerBackOff = 1250ms;
constexpr auto kForgotten = 5s;
/// Writes in a row whose outcome has to be looked up, before the next one rests.
constexpr int kFreeLookUps = 2;

/// What an answer other than 200 says of a write or a read of the object.
Turn::Input InputOf(int code) {
  switch (code) {
    case 404:
      return Turn::Input::kGone;
    case 409:
      return Turn::Input::kConflict;
    case 400:
    case 401:
    case 403:
    case 413:
    case 422:
    case 429:
      return Turn::Input::kRefused;
    default:
      return Turn::Input::kUnknown;
  }
}

bool IsThrottle(const port::Event& event) {
  const auto* answer = std::get_if<port::ResponseReceived>(&event);
  return answer != nullptr && answer->response.status == 429;
}

/// Why a write came to nothing.
std::string Why(const port::Event& event) {
  if (const auto* answer = std::get_if<port::ResponseReceived>(&event)) {
    return answer->response.status == 200
               ? "the server did not keep the status: is the CRD older than the controller?"
               : kube::ErrorOf(answer->response).message;
  }
  const auto* failed = std::get_if<port::CallFailed>(&event);
  return failed == nullptr ? "no answer" : failed->error.message;
}

}  // namespace

void Reconciler::Write(const api::ClusterUpgrade& upgrade,
                       const api::ClusterUpgradeStatus& status,
                       const Term& term,
                       base::Now now,
                       kube::Calls& calls) {
  Subject& subject = SubjectOf(upgrade);
  const std::string& name = upgrade.meta.name;
  if (acts_.InFlight({planner::ObjectKind::kUpgrade, name})) {
    return;  // its answer plans again
  }
  if (subject.write_after > now.steady) {
    subject.look_at = std::min(subject.look_at.value_or(subject.write_after), subject.write_after);
    return;
  }
  kube::CallOptions options;
  options.not_after = term.valid_until;
  const auto id =
      calls.Send(StatusWrite(name, upgrade.meta.resource_version, status), now, options);
  if (!id) {
    starved_ = true;
    return;
  }
  turn_.name = name;
  turn_.status = status;
  turn_.call = id;
  turn_.failures = 0;
  subject.report_after = now.steady + kReportPeriod;
  Move(Turn::Input::kMustWrite, now, calls);
}

void Reconciler::Answered(const port::Event& event, base::Now now, kube::Calls& calls) {
  ++activity_;
  turn_.call.reset();
  const bool writing = turn_.state == Turn::State::kWriting;
  Turn::Input input = Turn::Input::kUnknown;
  const auto* answer = std::get_if<port::ResponseReceived>(&event);
  turn_.answered = answer != nullptr;
  if (answer != nullptr && answer->response.status == 200) {
    input = AdoptAnswer(answer->response, now);
  } else if (answer != nullptr) {
    input = InputOf(answer->response.status);
    if (!writing && input == Turn::Input::kConflict) {
      input = Turn::Input::kUnknown;
    }
  }
  if (writing && input != Turn::Input::kWriteOk && input != Turn::Input::kGone) {
    NotWritten(input, event, now, calls);
  }
  Move(input, now, calls);
}

/// The object as the server holds it, the answer of a write as well as of a read.
Turn::Input Reconciler::AdoptAnswer(const port::Response& response, base::Now now) {
  auto upgrade = codec::Decode<api::ClusterUpgrade>(response.body);
  if (!upgrade.ok() || upgrade->meta.name != turn_.name) {
    return Turn::Input::kUnknown;
  }
  Subject& subject = SubjectOf(*upgrade);
  if (subject.uid != upgrade->meta.uid) {
    subject = Subject{};
    subject.uid = upgrade->meta.uid;
    subject.observed = upgrade->status;
  }
  subject.confirmed = now.steady;
  Committed(*upgrade, now);
  const bool writing = turn_.state == Turn::State::kWriting;
  const bool kept = !writing || Kept(subject, upgrade->status, now);
  if (!writing && upgrade->status == turn_.status) {
    subject.refusals = subject.look_ups = 0;  // it was written after all
  }
  watches_.upgrades().Adopt(std::move(upgrade).value());
  if (!kept) {
    return Turn::Input::kRefused;
  }
  return writing ? Turn::Input::kWriteOk : Turn::Input::kReadOk;
}

/// Whether the intent that was written is the one that the server holds now. Reports of which it
/// drops a part become rare.
bool Reconciler::Kept(Subject& subject,
                      const api::ClusterUpgradeStatus& kept,
                      base::Now now) const {
  if (!planner::SameIntent(kept, turn_.status)) {
    return false;
  }
  subject.refusals = subject.look_ups = 0;
  subject.losses = kept == turn_.status ? 0 : subject.losses + 1;
  if (subject.losses > 0) {
    subject.report_after = now.steady + kBackoff.After(subject.losses);
  }
  return true;
}

void Reconciler::Move(Turn::Input input, base::Now now, kube::Calls& calls) {
  const Turn::Move move = Turn::Next(turn_.state, input);
  turn_.state = move.to;
  switch (move.step) {
    case Turn::Step::kNothing:
    case Turn::Step::kWrite:
      return;
    case Turn::Step::kPlan:
      dirty_.insert(turn_.name);
      return;
    case Turn::Step::kGet:
      turn_.call = calls.Send(UpgradeRead(turn_.name), now);
      if (!turn_.call) {
        turn_.due = calls.After(now, kBackoff.first);
      }
      return;
    case Turn::Step::kForget:
      Forget(turn_.name, now, calls);
      return;
    case Turn::Step::kBackOff:
      BackOff(now, calls);
      return;
  }
}

/// The watch will say that it is gone. Until then it is left alone: an API server that starts
/// answers 404 as well, before it has read its CRDs.
void Reconciler::Forget(const std::string& name, base::Now now, kube::Calls& calls) {
  subjects_.erase(name);
  dirty_.erase(name);
  if (const api::ClusterUpgrade* held = watches_.upgrades().Find(name)) {
    Subject& subject = SubjectOf(*held);
    subject.write_after = calls.After(now, kForgotten);
    subject.look_at = subject.write_after;
  }
}

void Reconciler::BackOff(base::Now now, kube::Calls& calls) {
  if (turn_.state == Turn::State::kReading) {
    const auto delay = kBackoff.After(turn_.failures++);
    turn_.due = calls.After(now, turn_.answered ? delay : std::min(delay, kNoAnswerBackOff));
  } else {
    dirty_.insert(turn_.name);  // acts need no new status to go on
  }
}

/// Writes of the object rest for a while: 1 s doubling to 60 s. A conflict or a lost reply alone is
/// looked up and tried again at once.
void Reconciler::NotWritten(Turn::Input input,
                            const port::Event& event,
                            base::Now now,
                            kube::Calls& calls) {
  const auto found = subjects_.find(turn_.name);
  if (found == subjects_.end()) {
    return;
  }
  Subject& subject = found->second;
  const bool look_up = input == Turn::Input::kConflict || !turn_.answered;
  if (look_up && subject.look_ups++ < kFreeLookUps) {
    return;
  }
  if (subject.refusals == 0) {
    const bool failed = input != Turn::Input::kRefused;
    Log(failed || IsThrottle(event) ? base::LogLevel::kWarning : base::LogLevel::kError,
        failed ? "status write failed" : "status write refused",
        {{"upgrade", turn_.name}, {"error", Why(event)}});
  }
  subject.write_after = calls.After(now, kBackoff.After(subject.refusals++));
  subject.look_at = std::min(subject.look_at.value_or(subject.write_after), subject.write_after);
}

/// Tells what a durable status has changed, once.
void Reconciler::Committed(const api::ClusterUpgrade& upgrade, base::Now now) {
  Subject& subject = SubjectOf(upgrade);
  if (subject.observed == upgrade.status) {
    return;
  }
  const std::string& name = upgrade.meta.name;
  for (auto& line : progress_.Committed(name, subject.observed, upgrade.status, now.wall)) {
    logs_.push_back(std::move(line));
  }
  for (const auto& record : planner::EventsBetween(upgrade, subject.observed, upgrade.status)) {
    events_.Add(upgrade, record, now);
  }
  subject.observed = upgrade.status;
}

}  // namespace cu::core
