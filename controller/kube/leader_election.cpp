#include "kube/leader_election.hpp"

#include <algorithm>
#include <limits>
#include <utility>
#include <variant>

#include "base/check.hpp"
#include "base/time.hpp"
#include "codec/decode.hpp"
#include "codec/encode/lease_body.hpp"
#include "kube/paths.hpp"
#include "kube/responses.hpp"

namespace cu::kube {
namespace {

constexpr std::chrono::seconds kLeaseDuration{15};
constexpr std::chrono::seconds kTrust{10};
constexpr std::chrono::seconds kRenewEvery{2};
constexpr std::chrono::milliseconds kRenewJitter{400};
/// Two tries fit into kTrust.
constexpr std::chrono::seconds kLeaseCallTimeout{4};
constexpr std::chrono::seconds kPause{2};
/// leaseTransitions is an int32.
constexpr std::int64_t kMaxTransitions = std::numeric_limits<std::int32_t>::max();

}  // namespace

LeaderElection::LeaderElection(Options options) : options_(std::move(options)) {
  CU_CHECK(!options_.identity.empty());
}

Collection LeaderElection::LeaseCollection() const {
  return {paths::In<api::Lease>(options_.ns), "metadata.name=" + options_.name, ""};
}

bool LeaderElection::Owns(port::CallId id) const {
  return id == call_ && id != port::CallId{};
}

bool LeaderElection::Holds(base::Now now) const {
  return state_ == State::kHolding && now.steady < valid_until_;
}

std::int64_t LeaderElection::epoch() const {
  return state_ == State::kHolding ? epoch_ : 0;
}

bool LeaderElection::TakeTermEnded() {
  return std::exchange(term_ended_, false);
}

bool LeaderElection::TakeWentBack() {
  return std::exchange(went_back_, false);
}

void LeaderElection::BeginAnew(base::Now now) {
  if (record_) {
    record_->resource_version.clear();
    reread_ = true;
    not_before_ = std::min(not_before_, now.steady);
  }
}

Wake LeaderElection::wake_at() const {
  switch (state_) {
    case State::kStandby:
      if (!record_ || call_ != port::CallId{}) {
        return std::nullopt;
      }
      return reread_ ? not_before_ : std::max({free_at_, not_before_, renew_at_});
    case State::kAcquiring:
      return call_ == port::CallId{} ? Wake(not_before_) : std::nullopt;
    case State::kHolding:
      return call_ == port::CallId{} ? std::min(NextCallAt(), valid_until_) : valid_until_;
    case State::kReleasing:
    case State::kReleased:
      return std::nullopt;
  }
  return std::nullopt;
}

/// Of a holder.
base::SteadyTime LeaderElection::NextCallAt() const {
  return reread_ ? not_before_ : renew_at_;
}

void LeaderElection::Saw(const Store<api::Lease>& leases, base::Now now) {
  if (leases.resource_version().empty()) {
    return;
  }
  const api::Lease* lease = leases.Find(options_.ns + "/" + options_.name);
  Learn(lease ? RecordOf(*lease) : Absent(leases.resource_version()), now);
}

LeaderElection::Record LeaderElection::RecordOf(const api::Lease& lease) {
  return {true, lease.holder, lease.renew_time, lease.meta.resource_version, lease.transitions};
}

LeaderElection::Record LeaderElection::Absent(std::string resource_version) {
  return {false, "", "", std::move(resource_version), 0};
}

void LeaderElection::Learn(Record record, base::Now now) {
  if (!record_ || OlderResourceVersion(record_->resource_version, record.resource_version)) {
    Take(std::move(record), now);
  }
}

/// Of a call that was sent when `known_then_` was the newest version known. If it still is, then
/// the answer is newer than that, whatever its version says.
void LeaderElection::OnAnswer(Record record, base::Now now) {
  const bool newest = record_ && record_->resource_version == known_then_;
  if (newest && OlderResourceVersion(record.resource_version, known_then_)) {
    went_back_ = true;
    Take(std::move(record), now);
  } else {
    Learn(std::move(record), now);
  }
}

void LeaderElection::Take(Record record, base::Now now) {
  highest_transitions_ = std::max(highest_transitions_, record.transitions);
  const Record before = std::exchange(record_, std::move(record)).value_or(Record{});
  const bool ours = record_->holder == options_.identity;
  // Who deletes a Lease that is held does not stop its holder: the term runs out first.
  const std::string& holder = record_->exists ? record_->holder : before.holder;
  if (record_->exists || before.exists) {
    const bool held = !holder.empty() && holder != options_.identity;
    free_at_ = held ? now.steady + kLeaseDuration : now.steady;
  }
  if (ours && record_->transitions == epoch_) {
    Prove(record_->renew_time);
  } else if (state_ == State::kHolding) {
    EndTerm();
  } else if (!ours && state_ == State::kAcquiring) {
    Forget(State::kStandby);
  } else if (!ours && state_ == State::kReleasing) {
    Forget(State::kReleased);
  }
}

void LeaderElection::Prove(const std::string& renew_time) {
  const auto proven = std::find_if(
      sent_.begin(), sent_.end(), [&](const Sent& sent) { return sent.renew_time == renew_time; });
  if (proven == sent_.end()) {
    return;
  }
  valid_until_ = std::max(valid_until_, proven->at + kTrust);
  sent_.erase(sent_.begin(), std::next(proven));
  if (state_ == State::kAcquiring) {
    state_ = releasing_ ? State::kReleasing : State::kHolding;
  }
}

void LeaderElection::Forget(State next) {
  call_ = {};
  sent_.clear();
  state_ = next;
}

void LeaderElection::EndTerm() {
  Forget(State::kStandby);
  term_ended_ = true;
}

void LeaderElection::Handle(const port::Event& event, base::Now now) {
  CU_CHECK(call_ != port::CallId{});
  call_ = {};
  const Purpose purpose = purpose_;
  if (purpose == Purpose::kRelease) {
    return Forget(State::kReleased);
  }
  const auto* answer = std::get_if<port::ResponseReceived>(&event);
  if (answer && Succeeded(answer->response)) {
    const base::Result<api::Lease> lease = codec::Decode<api::Lease>(answer->response.body);
    if (lease) {
      reread_ = false;
      return OnAnswer(RecordOf(*lease), now);
    }
  }
  if (purpose == Purpose::kRead) {
    ReadFailed(answer, now);
  } else {
    WriteFailed(answer, now);
  }
}

void LeaderElection::ReadFailed(const port::ResponseReceived* answer, base::Now now) {
  if (!answer || answer->response.status != 404) {
    not_before_ = now.steady + kPause;
    return;
  }
  CU_CHECK(record_);
  reread_ = false;
  Take(Absent(record_->resource_version), now);
}

void LeaderElection::WriteFailed(const port::ResponseReceived* answer, base::Now now) {
  const bool outdated =
      answer && (answer->response.status == 409 || answer->response.status == 404);
  if (state_ == State::kAcquiring && outdated) {
    Forget(State::kStandby);
  }
  reread_ = reread_ || outdated;
  not_before_ = outdated ? now.steady : now.steady + kPause;
}

void LeaderElection::Release() {
  releasing_ = true;
  if (state_ == State::kHolding) {
    state_ = State::kReleasing;
  }
}

void LeaderElection::Serve(base::Now now, Calls& calls, std::int64_t highest_epoch) {
  const bool idle = call_ == port::CallId{};
  if (state_ == State::kAcquiring && idle && (releasing_ || now.steady >= not_before_)) {
    Forget(State::kStandby);
  }
  if (state_ == State::kStandby && releasing_) {
    return Forget(State::kReleased);
  }
  if (state_ == State::kHolding) {
    return ServeHolding(now, calls, highest_epoch);
  }
  if (state_ == State::kReleasing && idle) {
    return Write(now, calls, "");
  }
  const Wake due = wake_at();
  if (state_ != State::kStandby || !due || now.steady < *due) {
    return;
  }
  if (reread_) {
    return Read(now, calls);
  }
  CU_CHECK(record_);
  const std::int64_t highest = std::max(highest_transitions_, highest_epoch);
  epoch_ = std::min(highest, kMaxTransitions - 1) + 1;
  acquired_ = now.wall;
  state_ = State::kAcquiring;
  Write(now, calls, options_.identity);
}

void LeaderElection::ServeHolding(base::Now now, Calls& calls, std::int64_t highest_epoch) {
  if (now.steady >= valid_until_ || highest_epoch > epoch_) {
    return EndTerm();
  }
  if (call_ != port::CallId{} || now.steady < NextCallAt()) {
    return;
  }
  if (reread_) {
    Read(now, calls);
  } else {
    Write(now, calls, options_.identity);
  }
}

void LeaderElection::Write(base::Now now, Calls& calls, const std::string& holder) {
  CU_CHECK(record_);
  CU_CHECK(!holder.empty() || calls.mutating_in_flight() == 0);
  renewed_ = std::max(now.wall, renewed_ + base::WallTime::duration(1));
  codec::LeaseBodyInput body{
      .name = options_.name,
      .ns = options_.ns,
      .resource_version = record_->exists ? record_->resource_version : "",
      .holder = holder,
      .acquired = acquired_,
      .renewed = renewed_,
      .transitions = epoch_,
      .duration_seconds = holder.empty() ? 1 : static_cast<int>(kLeaseDuration.count())};
  Send(record_->exists
           ? port::Request::Put(paths::One<api::Lease>(options_.ns, options_.name), LeaseBody(body))
           : port::Request::Post(paths::In<api::Lease>(options_.ns), LeaseBody(body)),
       now,
       calls);
  purpose_ = holder.empty() ? Purpose::kRelease : Purpose::kWrite;
  sent_.push_back({base::FormatMicroTime(renewed_), now.steady});
  renew_at_ = now.steady + kRenewEvery + calls.Jitter(kRenewJitter);
}

void LeaderElection::Read(base::Now now, Calls& calls) {
  purpose_ = Purpose::kRead;
  Send(port::Request::Get(paths::One<api::Lease>(options_.ns, options_.name)), now, calls);
}

void LeaderElection::Send(port::Request request, base::Now now, Calls& calls) {
  const CallOptions options{
      .timeout = kLeaseCallTimeout, .not_after = std::nullopt, .priority = Priority::kLease};
  known_then_ = record_ ? record_->resource_version : "";
  call_ = calls.Send(std::move(request), now, options).value_or(port::CallId{});
}

}  // namespace cu::kube
