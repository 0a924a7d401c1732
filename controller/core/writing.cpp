#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "codec/decode.hpp"
#include "core/reconciler.hpp"
#include "core/requests.hpp"

// The part of the Reconciler that makes statuses durable.
namespace cu::core {
namespace {

using namespace std::chrono_literals;

constexpr auto kReportPeriod = 1s;
constexpr auto kFirstBackOff = 1s;
constexpr auto kLastBackOff = 60s;
constexpr auto kForgotten = 5s;

std::chrono::seconds Doubling(int failures) {
  return std::min<std::chrono::seconds>(kLastBackOff, kFirstBackOff * (1 << std::min(failures, 6)));
}

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

std::string Why(const port::Event& event) {
  if (const auto* answer = std::get_if<port::ResponseReceived>(&event)) {
    const std::string message = codec::DecodeApiStatus(answer->response.body).message;
    return std::to_string(answer->response.status) + " " + message.substr(0, 500);
  }
  const auto* failed = std::get_if<port::CallFailed>(&event);
  return failed == nullptr ? "" : failed->error.message;
}

}  // namespace

void Reconciler::Write(const api::ClusterUpgrade& upgrade,
                       const api::ClusterUpgradeStatus& status,
                       const Term& term,
                       base::Now now,
                       kube::Calls& calls) {
  Subject& subject = SubjectOf(upgrade);
  const std::string& name = upgrade.meta.name;
  if (acts_.InFlight("upgrade/" + name)) {
    return;  // its answer plans again
  }
  if (subject.write_after > now.steady) {
    subject.look_at = std::min(subject.look_at.value_or(subject.write_after), subject.write_after);
    return;
  }
  if (Futile(subject, upgrade.status, status)) {
    Refused("the server did not keep what was written: is the CRD older than the controller?",
            name,
            now,
            calls);
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

bool Reconciler::Futile(const Subject& subject,
                        const api::ClusterUpgradeStatus& held,
                        const api::ClusterUpgradeStatus& status) const {
  return status != held && subject.written == status && subject.answered == held;
}

void Reconciler::Answered(const port::Event& event, base::Now now, kube::Calls& calls) {
  ++activity_;
  turn_.call.reset();
  const bool writing = turn_.state == Turn::State::kWriting;
  Turn::Input input = Turn::Input::kUnknown;
  if (const auto* answer = std::get_if<port::ResponseReceived>(&event)) {
    input = answer->response.status == 200 ? AdoptAnswer(answer->response, now)
                                           : InputOf(answer->response.status);
    if (input == Turn::Input::kConflict && !writing) {
      input = Turn::Input::kUnknown;
    }
  }
  if (input == Turn::Input::kRefused && writing) {
    Refused(Why(event), turn_.name, now, calls);
  }
  Move(input, now, calls);
}

/// The object as the server holds it, the answer of a write as well as of a read.
Turn::Input Reconciler::AdoptAnswer(const port::Response& response, base::Now now) {
  auto upgrade = codec::Decode<api::ClusterUpgrade>(response.body);
  if (!upgrade.ok() || upgrade->meta.name != turn_.name) {
    return Turn::Input::kUnknown;
  }
  const bool writing = turn_.state == Turn::State::kWriting;
  Subject& subject = SubjectOf(*upgrade);
  if (subject.uid != upgrade->meta.uid) {
    subject = Subject{};
    subject.uid = upgrade->meta.uid;
    subject.observed = upgrade->status;
  }
  subject.confirmed = now.steady;
  subject.refusals = 0;
  if (writing) {
    subject.written = turn_.status;
    subject.answered = upgrade->status;
  }
  Committed(*upgrade, now);
  watches_.upgrades().Adopt(std::move(upgrade).value());
  return writing ? Turn::Input::kWriteOk : Turn::Input::kReadOk;
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
        turn_.due = calls.After(now, kFirstBackOff);
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
    turn_.due = calls.After(now, Doubling(turn_.failures++));
  } else {
    dirty_.insert(turn_.name);  // acts need no new status to go on
  }
}

/// Writes of the object rest for a while: 1 s doubling to 60 s.
void Reconciler::Refused(const std::string& why,
                         const std::string& name,
                         base::Now now,
                         kube::Calls& calls) {
  const auto found = subjects_.find(name);
  if (found == subjects_.end()) {
    return;
  }
  Subject& subject = found->second;
  if (subject.refusals == 0) {
    Log(base::LogLevel::kError, "status write refused", {{"upgrade", name}, {"error", why}});
  }
  subject.write_after = calls.After(now, Doubling(subject.refusals++));
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
  for (const auto& notice : planner::NoticesBetween(upgrade, subject.observed, upgrade.status)) {
    events_.Add(upgrade, notice, now);
  }
  subject.observed = upgrade.status;
}

}  // namespace cu::core
