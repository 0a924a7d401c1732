#include "kube/calls.hpp"

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

#include "kube/responses.hpp"

namespace cu::kube {
namespace {

/// In seconds, those of client-go's request duration.
const std::vector<double> kBounds{0.005, 0.025, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60};
constexpr std::chrono::minutes kTellQuietEvery{1};
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

Calls::Calls(std::uint64_t seed, bool tell) : random_(seed), tell_(tell) {}

bool Calls::Quiet(base::Now now) const {
  return quiet_until_ && now.steady < *quiet_until_;
}

bool Calls::HasRoom(base::Now now) const {
  return !Quiet(now) && in_flight_ < kMaxInFlight;
}

std::optional<port::CallId> Calls::Send(port::Request request,
                                        base::Now now,
                                        const CallOptions& options) {
  if (options.lane == Lane::kNormal && !HasRoom(now)) {
    return std::nullopt;
  }
  Flight flight;
  flight.caller = port::CallId{next_};
  flight.request = std::move(request);
  flight.sent = now.steady;
  flight.deadline = now.steady + options.timeout;
  flight.not_after = std::min(options.not_after.value_or(flight.deadline), flight.deadline);
  flight.lane = options.lane;
  if (flight.lane == Lane::kNormal) {
    ++in_flight_;
  }
  const port::CallId id = flight.caller;
  Launch(std::move(flight));
  return id;
}

std::optional<port::CallId> Calls::Open(port::Request request, base::Now now) {
  if (Quiet(now)) {
    return std::nullopt;
  }
  Flight flight;
  flight.caller = port::CallId{next_};
  flight.request = std::move(request);
  flight.sent = now.steady;
  flight.deadline = flight.not_after = base::SteadyTime::max();
  flight.stream = true;
  const port::CallId id = flight.caller;
  Launch(std::move(flight));
  return id;
}

void Calls::Launch(Flight flight) {
  const port::CallId id{next_++};
  if (flight.stream) {
    out_.emplace_back(port::OpenStream{id, flight.request});
  } else {
    out_.emplace_back(port::SendRequest{id, flight.request, flight.not_after});
  }
  flights_.emplace(id, std::move(flight));
}

Calls::Flight Calls::Land(Flights::iterator at) {
  Flight flight = std::move(at->second);
  flights_.erase(at);
  if (!flight.stream && flight.lane == Lane::kNormal) {
    --in_flight_;
  }
  return flight;
}

void Calls::Drop(port::CallId id) {
  const auto found = std::find_if(flights_.begin(), flights_.end(), [id](const auto& entry) {
    return entry.second.caller == id;
  });
  if (found != flights_.end()) {
    out_.emplace_back(port::Abort{found->first});
    Land(found);
  }
}

void Calls::DropMutating() {
  for (auto at = flights_.begin(); at != flights_.end();) {
    const auto next = std::next(at);
    if (Mutating(at->second)) {
      out_.emplace_back(port::Abort{at->first});
      Land(at);
    }
    at = next;
  }
}

bool Calls::Mutating(const Flight& flight) {
  return flight.lane == Lane::kNormal && flight.request.method != port::Method::kGet;
}

std::size_t Calls::mutating_in_flight() const {
  return static_cast<std::size_t>(std::count_if(
      flights_.begin(), flights_.end(), [](const auto& entry) { return Mutating(entry.second); }));
}

std::optional<port::CallId> Calls::Accept(const port::Event& event, base::Now now) {
  const auto* answer = std::get_if<port::ResponseReceived>(&event);
  if (answer != nullptr) {
    Heed(answer->response, now);
  }
  const auto at = flights_.find(IdOf(event));
  if (at == flights_.end()) {
    return std::nullopt;
  }
  Witness(event, at->second, now);
  if (answer != nullptr) {
    return Answered(at, answer->response, now);
  }
  const port::CallId caller = at->second.caller;
  if (std::holds_alternative<port::StreamOpened>(event)) {
    Count(at->second, "200", now);
  } else if (std::holds_alternative<port::CallFailed>(event)) {
    Count(Land(at), kNoAnswer, now);
  } else if (std::holds_alternative<port::StreamEnded>(event)) {
    Land(at);
  }
  return caller;
}

void Calls::Heed(const port::Response& response, base::Now now) {
  if (!IsOverload(response)) {
    return;
  }
  const std::chrono::seconds wait = *RetryAfterOf(response);
  const base::SteadyTime until = now.steady + wait;
  quiet_until_ = std::max(quiet_until_.value_or(until), until);
  if (wait.count() == 0) {
    return;
  }
  if (!told_quiet_ || now.steady - *told_quiet_ >= kTellQuietEvery) {
    told_quiet_ = now.steady;
    out_.emplace_back(port::WriteLog{
        {base::LogLevel::kWarning,
         "the API server asks to be left alone",
         {{"code", std::to_string(response.status)}, {"seconds", std::to_string(wait.count())}}}});
  }
}

/// What the event says of the server's being there.
void Calls::Witness(const port::Event& event, const Flight& flight, base::Now now) {
  if (const auto* answer = std::get_if<port::ResponseReceived>(&event)) {
    const int status = answer->response.status;
    const bool gateway = status == 502 || status == 503 || status == 504;
    if (status < 500) {
      outage_.Answered(now.steady);
    } else if (gateway || IsOverload(answer->response)) {
      outage_.Failed(flight.sent);
    }
  } else if (const auto* failed = std::get_if<port::CallFailed>(&event)) {
    if (failed->error.kind == base::ErrorKind::kUnavailable) {
      outage_.Failed(flight.sent);
    }
  } else if (!std::holds_alternative<port::StreamEnded>(event)) {
    outage_.Answered(now.steady);
  }
}

std::optional<port::CallId> Calls::Answered(Flights::iterator at,
                                            const port::Response& response,
                                            base::Now now) {
  Count(at->second, std::to_string(response.status), now);
  Flight flight = Land(at);
  const port::CallId caller = flight.caller;
  const bool held_back = flight.lane == Lane::kNormal && Quiet(now);
  if (response.status != 401 || flight.request.fresh_token || held_back ||
      now.steady > flight.not_after) {
    return caller;
  }
  flight.request.fresh_token = true;
  if (!flight.stream && flight.lane == Lane::kNormal) {
    ++in_flight_;
  }
  Launch(std::move(flight));
  return std::nullopt;
}

void Calls::Count(const Flight& flight, const std::string& code, base::Now now) {
  const std::string method = port::HttpMethod(flight.request.method);
  ++stats_.requests[{method, code}];
  if (tell_) {
    const std::string& target = flight.request.target;
    const auto took = std::chrono::floor<std::chrono::milliseconds>(now.steady - flight.sent);
    out_.emplace_back(port::WriteLog{{base::LogLevel::kDebug,
                                      "call",
                                      {{"verb", flight.stream ? "WATCH" : method},
                                       {"path", target.substr(0, target.find('?'))},
                                       {"code", code},
                                       {"milliseconds", std::to_string(took.count())}}}});
  }
  if (!flight.stream) {
    const std::chrono::duration<double> took = now.steady - flight.sent;
    stats_.seconds.try_emplace(method, kBounds).first->second.Observe(took.count());
  }
}

std::vector<port::CallFailed> Calls::Expired(base::Now now) {
  if (!Quiet(now)) {
    quiet_until_.reset();
  }
  std::vector<port::CallFailed> failed;
  for (auto at = flights_.begin(); at != flights_.end();) {
    const auto next = std::next(at);
    if (at->second.deadline <= now.steady) {
      out_.emplace_back(port::Abort{at->first});
      const Flight flight = Land(at);
      Count(flight, kNoAnswer, now);
      if (now.steady - flight.deadline < kPunctual) {
        outage_.Failed(flight.sent);
      }
      failed.push_back({flight.caller, {base::ErrorKind::kTimeout, "no answer in time"}});
    }
    at = next;
  }
  return failed;
}

base::SteadyTime Calls::After(base::Now now, std::chrono::nanoseconds delay) {
  return now.steady + delay + Jitter(delay);
}

std::chrono::nanoseconds Calls::Jitter(std::chrono::nanoseconds bound) {
  const auto limit = static_cast<std::uint64_t>(bound.count());
  return std::chrono::nanoseconds(static_cast<std::int64_t>(random_.Below(limit)));
}

std::vector<port::Effect> Calls::Take() {
  return std::exchange(out_, {});
}

Wake Calls::wake_at() const {
  Wake wake = quiet_until_;
  for (const auto& [id, flight] : flights_) {
    if (!flight.stream && (!wake || flight.deadline < *wake)) {
      wake = flight.deadline;
    }
  }
  return wake;
}

}  // namespace cu::kube
