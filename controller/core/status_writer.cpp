#include "core/status_writer.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "base/backoff.hpp"
#include "base/check.hpp"
#include "codec/decode.hpp"
#include "codec/encode/upgrade_patch.hpp"
#include "kube/paths.hpp"
#include "kube/responses.hpp"
#include "planner/model/intent.hpp"
#include "planner/report/bounds.hpp"

namespace cu::core {
namespace {

using namespace std::chrono_literals;
namespace paths = kube::paths;
using Input = WriteCycle::Input;
using State = WriteCycle::State;
using Step = WriteCycle::Step;

constexpr auto kConfirmedFor = 10s;
constexpr auto kReportPeriod = 1s;
// Jitter makes each of them up to twice as long.
constexpr base::Backoff kBackoff{1s, 30s};
constexpr std::chrono::milliseconds kNoAnswerBackOff = 1250ms;
constexpr auto kForgotten = 5s;
constexpr auto kCutFor = 1h;
/// Writes in a row whose outcome has to be looked up, before the next one rests.
constexpr int kFreeLookUps = 2;

/// What an answer other than 200 says of a write or a read of the object.
Input InputOf(int code) {
  switch (code) {
    case 404:
      return Input::kGone;
    case 409:
      return Input::kConflict;
    case 400:
    case 401:
    case 403:
    case 413:
    case 422:
    case 429:
      return Input::kRefused;
    default:
      return Input::kUnknown;
  }
}

/// The server itself, and no webhook, says that it cannot take such a status.
bool IsUntakable(const port::Event& event) {
  const auto* answer = std::get_if<port::ResponseReceived>(&event);
  if (answer == nullptr) {
    return false;
  }
  const int code = answer->response.status;
  const bool invalid = code == 400 || code == 413 || code == 422;
  return invalid && !kube::IsDenial(codec::DecodeApiStatus(answer->response.body));
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
  return failed == nullptr ? "no response" : failed->error.message;
}

base::LogRecord WriteFailure(const std::string& upgrade, Input input, const port::Event& event) {
  const bool failed = input != Input::kRefused;
  return {failed || IsThrottle(event) ? base::LogLevel::kWarning : base::LogLevel::kError,
          failed ? "status write failed" : "status write rejected",
          {{"upgrade", upgrade}, {"error", Why(event)}}};
}

}  // namespace

const StatusWriter::Object* StatusWriter::Find(const api::ClusterUpgrade& upgrade) const {
  const auto found = objects_.find(upgrade.meta.name);
  const bool same = found != objects_.end() && found->second.uid == upgrade.meta.uid;
  return same ? &found->second : nullptr;
}

StatusWriter::Object& StatusWriter::ObjectOf(const std::string& name) {
  const auto found = objects_.find(name);
  CU_CHECK(found != objects_.end());
  return found->second;
}

bool StatusWriter::Confirmed(const api::ClusterUpgrade& upgrade, base::Now now) const {
  const Object* object = Find(upgrade);
  return object != nullptr && object->confirmed && now.steady - *object->confirmed < kConfirmedFor;
}

void StatusWriter::Confirm(const std::string& name, base::Now now) {
  if (const auto found = objects_.find(name); found != objects_.end()) {
    found->second.confirmed = now.steady;
  }
}

base::SteadyTime StatusWriter::ReportAfter(const api::ClusterUpgrade& upgrade) const {
  const Object* object = Find(upgrade);
  return object == nullptr ? base::SteadyTime{} : object->report_after;
}

int StatusWriter::LevelOf(const api::ClusterUpgrade& upgrade, base::Now now) const {
  const Object* object = Find(upgrade);
  return object == nullptr || now.steady - object->tightened >= kCutFor ? 0 : object->level;
}

base::SteadyTime StatusWriter::RestsUntil(const api::ClusterUpgrade& upgrade) const {
  const Object* object = Find(upgrade);
  return object == nullptr ? base::SteadyTime{} : object->write_after;
}

const api::ClusterUpgradeStatus& StatusWriter::durable(const std::string& name) const {
  const auto found = objects_.find(name);
  CU_CHECK(found != objects_.end());
  return found->second.durable;
}

void StatusWriter::Know(const api::ClusterUpgrade& upgrade) {
  const auto [entry, inserted] = objects_.try_emplace(upgrade.meta.name);
  if (inserted || entry->second.uid != upgrade.meta.uid) {
    entry->second = Object{};
    entry->second.uid = upgrade.meta.uid;
    entry->second.durable = upgrade.status;
  }
}

void StatusWriter::Tidy() {
  std::erase_if(objects_, [&](const auto& entry) {
    return !watches_->HasUpgrade(entry.first, entry.second.uid);
  });
}

void StatusWriter::Clear(kube::Calls& calls) {
  if (call_) {
    calls.Drop(*call_);
  }
  *this = StatusWriter(*watches_);
}

StatusWriter::Begun StatusWriter::Write(const api::ClusterUpgrade& upgrade,
                                        const api::ClusterUpgradeStatus& status,
                                        base::SteadyTime not_after,
                                        base::Now now,
                                        kube::Calls& calls) {
  CU_CHECK(idle());
  Know(upgrade);
  Object& object = ObjectOf(upgrade.meta.name);
  if (object.write_after > now.steady) {
    return Begun::kResting;
  }
  kube::CallOptions options;
  options.not_after = not_after;
  call_ = calls.Send(
      port::Request::JsonPatch(paths::Status(paths::One<api::ClusterUpgrade>(upgrade.meta.name)),
                               codec::StatusPatch(upgrade.meta.resource_version, status)),
      now,
      options);
  if (!call_) {
    return Begun::kNoRoom;
  }
  name_ = upgrade.meta.name;
  status_ = status;
  read_failures_ = 0;
  object.report_after = now.steady + kReportPeriod;
  state_ = WriteCycle::Next(state_, Input::kBegin).to;
  return Begun::kSent;
}

StatusWriter::Result StatusWriter::Handle(const port::Event& event,
                                          base::Now now,
                                          kube::Calls& calls) {
  CU_CHECK(call_.has_value() && !idle());
  Result result;
  result.name = name_;
  call_.reset();
  const bool writing = state_ == State::kWriting;
  Input input = Input::kUnknown;
  const auto* answer = std::get_if<port::ResponseReceived>(&event);
  answered_ = answer != nullptr;
  if (answer != nullptr && answer->response.status == 200) {
    input = Adopt(answer->response, now, result);
  } else if (answer != nullptr) {
    input = InputOf(answer->response.status);
    if (!writing && input == Input::kConflict) {
      input = Input::kUnknown;
    }
  }
  if (writing && input != Input::kWriteOk && input != Input::kGone) {
    NotWritten(input, event, now, calls, result);
  }
  Move(input, now, calls, result);
  return result;
}

/// The object as the server holds it, the answer of a write as well as of a read.
Input StatusWriter::Adopt(const port::Response& response, base::Now now, Result& result) {
  auto upgrade = codec::Decode<api::ClusterUpgrade>(response.body);
  if (!upgrade.ok() || upgrade->meta.name != name_) {
    return Input::kUnknown;
  }
  Know(*upgrade);
  Object& object = ObjectOf(name_);
  object.confirmed = now.steady;
  if (!(object.durable == upgrade->status)) {
    result.before = std::exchange(object.durable, upgrade->status);
  }
  const bool writing = state_ == State::kWriting;
  const bool kept = !writing || Kept(object, object.durable, now);
  if (!writing && object.durable == status_) {
    object.refusals = object.look_ups = 0;  // it was written after all
  }
  watches_->upgrades().Adopt(std::move(upgrade).value());
  if (!kept) {
    return Input::kRefused;
  }
  return writing ? Input::kWriteOk : Input::kReadOk;
}

/// Whether the intent that was written is the one that the server holds now.
bool StatusWriter::Kept(Object& object,
                        const api::ClusterUpgradeStatus& kept,
                        base::Now now) const {
  if (!planner::SameIntent(kept, status_)) {
    return false;
  }
  object.refusals = object.look_ups = 0;
  object.losses = kept == status_ ? 0 : object.losses + 1;
  if (object.losses > 0) {
    object.report_after = now.steady + kBackoff.After(object.losses);
  }
  return true;
}

void StatusWriter::Move(Input input, base::Now now, kube::Calls& calls, Result& result) {
  const WriteCycle::Move move = WriteCycle::Next(state_, input);
  state_ = move.to;
  switch (move.step) {
    case Step::kNothing:
      return;
    case Step::kPlan:
      result.plan = true;
      return;
    case Step::kGet:
      Read(now, calls);
      return;
    case Step::kForget:
      Forget(now, calls, result);
      return;
    case Step::kBackOff:
      BackOff(now, calls, result);
      return;
  }
}

void StatusWriter::Read(base::Now now, kube::Calls& calls) {
  call_ = calls.Send(port::Request::Get(paths::One<api::ClusterUpgrade>(name_)), now);
  if (!call_) {
    read_due_ = calls.After(now, kBackoff.first);
  }
}

void StatusWriter::Serve(base::Now now, kube::Calls& calls) {
  if (state_ == State::kReading && !call_ && read_due_ <= now.steady) {
    Result nothing;
    Move(Input::kDue, now, calls, nothing);
  }
}

/// The watch will say that it is gone. Until then it is left alone: an API server that starts
/// answers 404 as well, before it has read its CRDs.
void StatusWriter::Forget(base::Now now, kube::Calls& calls, Result& result) {
  objects_.erase(name_);
  result.forget = true;
  if (const api::ClusterUpgrade* cached = watches_->upgrades().Find(name_)) {
    Know(*cached);
    ObjectOf(name_).write_after = calls.After(now, kForgotten);
    result.rests = true;
  }
}

void StatusWriter::BackOff(base::Now now, kube::Calls& calls, Result& result) {
  if (state_ == State::kReading) {
    const auto delay = kBackoff.After(read_failures_++);
    read_due_ = calls.After(now, answered_ ? delay : std::min(delay, kNoAnswerBackOff));
  } else {
    result.plan = true;  // actions need no new status to go on
  }
}

/// Writes of the object rest for a while. A conflict or a lost reply alone is looked up and tried
/// again at once.
void StatusWriter::NotWritten(
    Input input, const port::Event& event, base::Now now, kube::Calls& calls, Result& result) {
  const auto found = objects_.find(name_);
  if (found == objects_.end()) {
    return;
  }
  Object& object = found->second;
  if (input == Input::kRefused && answered_) {
    result.refused = std::to_string(std::get<port::ResponseReceived>(event).response.status);
  }
  const bool tighter = IsUntakable(event) && object.level < planner::kTightestLevel;
  if (tighter) {
    ++object.level;
    object.tightened = now.steady;
  }
  const bool look_up = input == Input::kConflict || !answered_;
  if (look_up && object.look_ups++ < kFreeLookUps) {
    return;
  }
  if (object.refusals == 0 || tighter) {
    result.log = WriteFailure(name_, input, event);
  }
  object.write_after = calls.After(now, kBackoff.After(object.refusals++));
  result.rests = true;
}

kube::Wake StatusWriter::wake_at() const {
  return state_ == State::kReading && !call_ ? kube::Wake(read_due_) : std::nullopt;
}

}  // namespace cu::core
