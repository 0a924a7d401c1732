#include "kube/calls.hpp"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "base/check.hpp"
#include "kube/responses.hpp"

namespace cu::kube {
namespace {

/// In seconds, those of client-go's request duration.
const std::vector<double> kBounds{0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60};
constexpr std::chrono::minutes kLogThrottleEvery{1};
constexpr std::chrono::hours kSkewLogEvery{1};
/// A deadline that is noticed so late was slept through: it says nothing about the server.
constexpr std::chrono::seconds kPunctual{1};

/// 0, which is never given out, for StopRequested.
port::CallId IdOf(const port::Event& event) {
  return std::visit(
      [](const auto& e) {
        if constexpr (requires { e.id; }) {
          return e.id;
        } else {
          return port::CallId{};
        }
      },
      event);
}

}  // namespace

Calls::Calls(std::uint64_t seed, bool log_calls) : random_(seed), log_calls_(log_calls) {}

bool Calls::Throttled(base::Now now) const {
  return throttled_until_ && now.steady < *throttled_until_;
}

bool Calls::HasRoom(base::Now now) const {
  return !Throttled(now) && in_flight_ < kMaxInFlight;
}

std::optional<port::CallId> Calls::Send(port::Request request,
                                        base::Now now,
                                        const CallOptions& options) {
  if (options.priority == Priority::kNormal && !HasRoom(now)) {
    return std::nullopt;
  }
  Call call;
  call.caller = port::CallId{next_};
  call.request = std::move(request);
  call.sent = now.steady;
  call.deadline = now.steady + options.timeout;
  call.not_after = std::min(options.not_after.value_or(call.deadline), call.deadline);
  call.priority = options.priority;
  if (call.priority == Priority::kNormal) {
    ++in_flight_;
  }
  const port::CallId id = call.caller;
  Start(std::move(call));
  return id;
}

std::optional<port::CallId> Calls::Open(port::Request request, base::Now now) {
  if (Throttled(now)) {
    return std::nullopt;
  }
  Call call;
  call.caller = port::CallId{next_};
  call.request = std::move(request);
  call.sent = now.steady;
  call.deadline = call.not_after = base::SteadyTime::max();
  call.stream = true;
  const port::CallId id = call.caller;
  Start(std::move(call));
  return id;
}

void Calls::Start(Call call) {
  const port::CallId id{next_++};
  if (call.stream) {
    out_.emplace_back(port::OpenStream{id, call.request});
  } else {
    out_.emplace_back(port::SendRequest{id, call.request, call.not_after});
  }
  active_.emplace(id, std::move(call));
}

Calls::Call Calls::Finish(Active::iterator at) {
  Call call = std::move(at->second);
  active_.erase(at);
  if (!call.stream && call.priority == Priority::kNormal) {
    --in_flight_;
  }
  return call;
}

void Calls::Drop(port::CallId id) {
  const auto found = std::find_if(active_.begin(), active_.end(), [id](const auto& entry) {
    return entry.second.caller == id;
  });
  if (found != active_.end()) {
    out_.emplace_back(port::Abort{found->first});
    Finish(found);
  }
}

void Calls::DropMutating() {
  for (auto at = active_.begin(); at != active_.end();) {
    const auto next = std::next(at);
    if (Mutating(at->second)) {
      out_.emplace_back(port::Abort{at->first});
      Finish(at);
    }
    at = next;
  }
}

bool Calls::Mutating(const Call& call) {
  return call.priority == Priority::kNormal && call.request.method != port::Method::kGet;
}

std::size_t Calls::mutating_in_flight() const {
  return static_cast<std::size_t>(std::count_if(
      active_.begin(), active_.end(), [](const auto& entry) { return Mutating(entry.second); }));
}

std::optional<port::CallId> Calls::Accept(const port::Event& event, base::Now now) {
  const auto* answer = std::get_if<port::ResponseReceived>(&event);
  if (answer != nullptr) {
    ObserveThrottle(answer->response, now);
  }
  const auto at = active_.find(IdOf(event));
  if (at == active_.end()) {
    return std::nullopt;
  }
  ObserveHealth(event, at->second, now);
  if (answer != nullptr && answer->response.date) {
    clock_.Observe(*answer->response.date, at->second.sent, now.steady);
  }
  if (answer != nullptr) {
    return OnResponse(at, answer->response, now);
  }
  const port::CallId caller = at->second.caller;
  if (std::holds_alternative<port::StreamOpened>(event)) {
    Count(at->second, "200", now);
  } else if (std::holds_alternative<port::CallFailed>(event)) {
    Count(Finish(at), kNoAnswer, now);
  } else if (std::holds_alternative<port::StreamEnded>(event)) {
    Finish(at);
  }
  return caller;
}

base::Now Calls::Correct(base::Now now) {
  const base::Now right = clock_.Correct(now);
  if (const auto ahead = clock_.Ahead(now)) {
    stats_.clock_ahead_seconds = std::chrono::duration<double>(*ahead).count();
  }
  const bool told = skew_logged_ && now.steady - *skew_logged_ < kSkewLogEvery;
  if (right.wall != now.wall && !told) {
    skew_logged_ = now.steady;
    const auto seconds = std::chrono::round<std::chrono::seconds>(now.wall - right.wall);
    out_.emplace_back(port::WriteLog{{base::LogLevel::kWarning,
                                      "the clock of this node differs from the API server's, whose "
                                      "time is used",
                                      {{"seconds_ahead", std::to_string(seconds.count())}}}});
  }
  return right;
}

void Calls::ObserveThrottle(const port::Response& response, base::Now now) {
  if (!IsOverload(response)) {
    return;
  }
  const std::optional<std::chrono::seconds> wait = RetryAfterOf(response);
  CU_CHECK(wait);
  const base::SteadyTime until = now.steady + *wait;
  throttled_until_ = std::max(throttled_until_.value_or(until), until);
  if (wait->count() == 0) {
    return;
  }
  if (!throttle_logged_ || now.steady - *throttle_logged_ >= kLogThrottleEvery) {
    throttle_logged_ = now.steady;
    out_.emplace_back(port::WriteLog{
        {base::LogLevel::kWarning,
         "throttled by the API server",
         {{"code", std::to_string(response.status)}, {"seconds", std::to_string(wait->count())}}}});
  }
}

/// Whether the event shows that the server is there.
void Calls::ObserveHealth(const port::Event& event, const Call& call, base::Now now) {
  if (const auto* answer = std::get_if<port::ResponseReceived>(&event)) {
    const int status = answer->response.status;
    const bool gateway = status == 502 || status == 503 || status == 504;
    if (status < 500 || IsDenial(codec::DecodeApiStatus(answer->response.body))) {
      outage_.Answered(now.steady);
    } else if (gateway || IsOverload(answer->response)) {
      outage_.Failed(call.sent, now.steady);
    }
  } else if (const auto* failed = std::get_if<port::CallFailed>(&event)) {
    if (failed->error.kind == base::ErrorKind::kUnavailable) {
      outage_.Failed(call.sent, now.steady);
    }
  } else if (!std::holds_alternative<port::StreamEnded>(event)) {
    outage_.Answered(now.steady);
  }
}

std::optional<port::CallId> Calls::OnResponse(Active::iterator at,
                                              const port::Response& response,
                                              base::Now now) {
  Count(at->second, std::to_string(response.status), now);
  Call call = Finish(at);
  const port::CallId caller = call.caller;
  if (response.status != 401) {
    refused_since_.reset();
  } else if (call.request.fresh_token && !refused_since_) {
    refused_since_ = now.steady;
  }
  const bool held_back = call.priority == Priority::kNormal && Throttled(now);
  if (response.status != 401 || call.request.fresh_token || held_back ||
      now.steady > call.not_after) {
    return caller;
  }
  call.request.fresh_token = true;
  if (!call.stream && call.priority == Priority::kNormal) {
    ++in_flight_;
  }
  Start(std::move(call));
  return std::nullopt;
}

void Calls::Count(const Call& call, const std::string& code, base::Now now) {
  const std::string method = port::HttpMethod(call.request.method);
  ++stats_.requests[{method, code}];
  if (log_calls_) {
    const std::string& target = call.request.target;
    const auto took = std::chrono::floor<std::chrono::milliseconds>(now.steady - call.sent);
    out_.emplace_back(port::WriteLog{{base::LogLevel::kDebug,
                                      "call",
                                      {{"verb", call.stream ? "WATCH" : method},
                                       {"path", target.substr(0, target.find('?'))},
                                       {"code", code},
                                       {"milliseconds", std::to_string(took.count())}}}});
  }
  if (!call.stream) {
    const std::chrono::duration<double> took = now.steady - call.sent;
    stats_.seconds.try_emplace(method, kBounds).first->second.Observe(took.count());
  }
}

std::vector<port::CallFailed> Calls::Expired(base::Now now) {
  if (!Throttled(now)) {
    throttled_until_.reset();
  }
  std::vector<port::CallFailed> failed;
  for (auto at = active_.begin(); at != active_.end();) {
    const auto next = std::next(at);
    if (at->second.deadline <= now.steady) {
      out_.emplace_back(port::Abort{at->first});
      const Call call = Finish(at);
      Count(call, kNoAnswer, now);
      if (now.steady - call.deadline < kPunctual) {
        outage_.Failed(call.sent, now.steady);
      }
      failed.push_back({call.caller, {base::ErrorKind::kTimeout, "no response in time"}});
    }
    at = next;
  }
  return failed;
}

base::SteadyTime Calls::After(base::Now now, std::chrono::nanoseconds delay) {
  return now.steady + delay + Jitter(delay);
}

std::chrono::nanoseconds Calls::Jitter(std::chrono::nanoseconds bound) {
  CU_CHECK(bound.count() > 0);
  const auto limit = static_cast<std::uint64_t>(bound.count());
  return std::chrono::nanoseconds(static_cast<std::int64_t>(random_.Below(limit)));
}

std::vector<port::Effect> Calls::Take() {
  return std::exchange(out_, {});
}

Wake Calls::wake_at() const {
  Wake wake = throttled_until_;
  for (const auto& [id, call] : active_) {
    if (!call.stream && (!wake || call.deadline < *wake)) {
      wake = call.deadline;
    }
  }
  return wake;
}

}  // namespace cu::kube
