#include "process.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace cu::simulation {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

Process::Process(std::string replica, Network& network, Factory factory)
    : replica_(std::move(replica)),
      network_(network),
      timeline_(network.cluster.timeline),
      factory_(std::move(factory)) {}

void Process::Start() {
  ++incarnation_;
  name_ = replica_ + "/" + std::to_string(incarnation_);
  handler_ = factory_(name_, network_.rng.Next());
  busy_until_ = timeline_.now();
  network_.Notify([&](Observer& observer) { observer.OnProcess(name_, "starts"); });
  Handle({}, false);
}

void Process::Kill(const std::string& why) {
  if (running()) {
    End("is killed: " + why);
  }
}

void Process::End(const std::string& what) {
  network_.Notify([&](Observer& observer) { observer.OnProcess(name_, what); });
  ++incarnation_;
  handler_ = nullptr;
  inbox_.clear();
  handling_scheduled_ = false;
  wake_.reset();
  wake_scheduled_.reset();
  aborted_.clear();
  token_.reset();
  CloseStreams();
  if (on_end_) {
    on_end_();
  }
}

void Process::CloseStreams() {
  for (const auto& [id, stream] : streams_) {
    network_.cluster.server.watches().Close(stream.watch);
  }
  streams_.clear();
}

void Process::Stop() {
  if (running()) {
    network_.Notify([&](Observer& observer) { observer.OnProcess(name_, "is asked to stop"); });
    Deliver({port::StopRequested{}, {}, {}, {}, 0, false}, Duration{0});
  }
}

void Process::Pause(Duration duration) {
  if (running()) {
    network_.Notify([&](Observer& observer) { observer.OnProcess(name_, "is paused"); });
    busy_until_ = std::max(busy_until_, timeline_.now() + duration);
  }
}

Duration Process::Latency() {
  if (network_.rng.Chance(network_.fault_rates.slow)) {
    return network_.rng.Between(milliseconds{2}, network_.fault_rates.slowest);
  }
  return network_.rng.Between(microseconds{200}, microseconds{2200});
}

void Process::Deliver(Arrival arrival, Duration delay) {
  timeline_.After(delay,
                  [this, incarnation = incarnation_, arrival = std::move(arrival)]() mutable {
                    if (incarnation == incarnation_) {
                      inbox_.push_back(std::move(arrival));
                      HandleAfter(network_.rng.Between(Duration{0}, milliseconds{1}));
                    }
                  });
}

void Process::HandleAfter(Duration delay) {
  if (!std::exchange(handling_scheduled_, true)) {
    const Duration busy = busy_until_ - timeline_.now();
    timeline_.After(std::max(delay, busy), [this, incarnation = incarnation_] {
      if (incarnation == incarnation_) {
        handling_scheduled_ = false;
        HandleInbox();
      }
    });
  }
}

void Process::HandleInbox() {
  if (timeline_.now() < busy_until_) {
    HandleAfter(Duration{0});
    return;
  }
  const std::size_t most = std::min<std::size_t>(inbox_.size(), 256);
  const std::size_t count =
      most < 2 ? most : static_cast<std::size_t>(network_.rng.Number(1, static_cast<int>(most)));
  std::vector<port::Event> batch;
  bool crash_after = false;
  network_.Notify([&](Observer& observer) { observer.OnBatch(name_, count); });
  for (std::size_t i = 0; i < count; ++i) {
    Arrival arrival = std::move(inbox_.front());
    inbox_.pop_front();
    network_.Notify([&](Observer& observer) {
      // A response to an aborted call is discarded.
      if (arrival.call && !aborted_.contains(arrival.call->id)) {
        observer.OnDelivered(*arrival.call, arrival.response);
      }
      if (arrival.kind) {
        observer.OnSeen(name_, *arrival.kind, arrival.version);
      }
    });
    crash_after = crash_after || arrival.crash_after;
    if (network_.misread) {
      network_.misread(arrival.event);
    }
    batch.push_back(std::move(arrival.event));
  }
  Handle(batch, crash_after);
  if (running() && !inbox_.empty()) {
    HandleAfter(Duration{0});
  }
}

void Process::Handle(const std::vector<port::Event>& batch, bool crash_after) {
  network_.events += batch.size();
  const std::chrono::duration<double> drift =
      wall_drift_ *
      std::chrono::duration<double>(timeline_.now().time_since_epoch() - std::chrono::hours{1});
  const base::Now now{timeline_.wall() + std::chrono::duration_cast<microseconds>(wall_error_) +
                          std::chrono::duration_cast<microseconds>(drift),
                      timeline_.now()};
  port::Reaction reaction = handler_(batch, now);
  if (network_.tamper) {
    network_.tamper(name_, batch, now, reaction);
  }
  wake_ = reaction.wake_at;
  if (crash_after) {
    Kill("after a write was answered");
    return;
  }
  if (network_.rng.Chance(network_.fault_rates.stall)) {
    const Duration stall =
        network_.rng.Between(milliseconds{1}, network_.fault_rates.longest_stall);
    busy_until_ = timeline_.now() + stall;
    timeline_.After(
        stall, [this, incarnation = incarnation_, effects = std::move(reaction.effects)]() mutable {
          if (incarnation == incarnation_) {
            Execute(std::move(effects));
          }
        });
    return;
  }
  Execute(std::move(reaction.effects));
}

void Process::Execute(std::vector<port::Effect> effects) {
  for (const port::Effect& effect : effects) {
    if (network_.rng.Chance(network_.fault_rates.crash)) {
      Kill("between two effects");
      return;
    }
    if (!ExecuteOne(effect)) {
      return;
    }
  }
  ScheduleWake();
}

/// Only one timer at a time: an earlier wake-up time replaces it, a later one is scheduled when it
/// fires.
void Process::ScheduleWake() {
  if (!wake_ || (wake_scheduled_ && *wake_scheduled_ <= *wake_)) {
    return;
  }
  wake_scheduled_ = wake_;
  timeline_.After(*wake_ - timeline_.now(), [this, incarnation = incarnation_, at = *wake_] {
    if (incarnation != incarnation_ || wake_scheduled_ != at) {
      return;
    }
    wake_scheduled_.reset();
    if (wake_ && *wake_ <= timeline_.now()) {
      HandleAfter(Duration{0});
    } else {
      ScheduleWake();
    }
  });
}

bool Process::ExecuteOne(const port::Effect& effect) {
  const int incarnation = incarnation_;
  std::visit(
      [&](const auto& what) {
        using T = std::decay_t<decltype(what)>;
        if constexpr (std::is_same_v<T, port::SendRequest>) {
          Begin(what);
        } else if constexpr (std::is_same_v<T, port::OpenStream>) {
          Open(what);
        } else if constexpr (std::is_same_v<T, port::Abort>) {
          aborted_.insert(what.id);
          if (const auto stream = streams_.find(what.id); stream != streams_.end()) {
            network_.cluster.server.watches().Close(stream->second.watch);
            streams_.erase(stream);
          }
        } else if constexpr (std::is_same_v<T, port::WriteLog>) {
          std::string line = "log: " + what.record.message;
          for (const auto& [key, value] : what.record.fields) {
            line += " " + key + "=" + value;
          }
          network_.Notify([&](Observer& observer) { observer.OnProcess(name_, line); });
        } else if constexpr (std::is_same_v<T, port::Exit>) {
          End("exits");
        }
      },
      effect);
  return incarnation == incarnation_;
}

void Process::Begin(const port::SendRequest& send) {
  Call call{name_,
            send.id,
            send.request,
            ParseTarget(send.request.target).value_or(Target{}),
            timeline_.now(),
            send.request.method != port::Method::kGet,
            false,
            Present(send.request.fresh_token)};
  call.lease = call.target.resource == "leases" && call.target.ns != "kube-node-lease";
  if (call.begun > send.not_after) {
    Fail(call, "not begun in time");
    return;
  }
  std::optional<CrashTiming> crash;
  // The first few renewals of the Lease are enough: all others are alike.
  if (call.mutating && (!call.lease || ++network_.lease_writes <= 4)) {
    ++network_.writes;
    crash = network_.crash ? network_.crash(network_.writes) : std::nullopt;
    if (crash == CrashTiming::kBefore) {
      Kill("before a write");
      return;
    }
  }
  network_.Notify([&](Observer& observer) { observer.OnBegin(call); });
  if (network_.rng.Chance(network_.fault_rates.lost_request)) {
    Fail(call, "connection reset");
    return;
  }
  timeline_.After(Latency(), [this, call, incarnation = incarnation_, crash] {
    Arrive(call, incarnation, crash);
  });
  if (call.mutating && network_.rng.Chance(network_.fault_rates.duplicate)) {
    timeline_.After(Latency() + milliseconds{1}, [this, call] {
      if (!Refusal(call)) {
        Serve(call);
      }
    });
  }
}

void Process::Arrive(const Call& call, int incarnation, std::optional<CrashTiming> crash) {
  const bool alive = incarnation == incarnation_;
  const bool wanted = alive && !aborted_.contains(call.id);
  if (!wanted && network_.rng.Chance(0.5)) {
    return;
  }
  if (network_.outage || network_.cluster.api_servers.all_down()) {
    if (alive) {
      Fail(call, "connection refused");
    }
    return;
  }
  std::optional<port::Response> injected = Refusal(call);
  if (!injected && alive) {
    injected = InjectedResponse(call);
  }
  Arrival arrival;
  arrival.response = injected ? *injected : Serve(call);
  arrival.response.date = std::chrono::floor<seconds>(timeline_.wall());
  if (!alive) {
    return;
  }
  if (crash == CrashTiming::kDuring) {
    Kill("after a write was applied, before its answer came");
    return;
  }
  if (network_.rng.Chance(network_.fault_rates.lost_reply)) {
    Fail(call, "connection reset while reading");
    return;
  }
  if (!injected && arrival.response.status < 300) {
    arrival.kind = call.target.kind();
    arrival.version = network_.cluster.database.version();
  }
  arrival.event = port::ResponseReceived{call.id, arrival.response};
  arrival.call = call;
  arrival.crash_after = crash == CrashTiming::kAfter;
  Deliver(std::move(arrival), Latency());
}

port::Response Process::Serve(const Call& call) {
  network_.Notify([&](Observer& observer) { observer.OnArrive(call); });
  port::Response response = network_.cluster.server.Serve(call.request, call.process);
  network_.Notify([&](Observer& observer) { observer.OnServed(call, response); });
  return response;
}

/// A failure in place of the API server's response: overload, an expired token, missing rights.
std::optional<port::Response> Process::InjectedResponse(const Call& call) {
  const FaultRates& rates = network_.fault_rates;
  if (network_.rng.Chance(rates.overload)) {
    port::Response busy = network_.rng.Pick(std::vector<port::Response>{
        ApiServer::Failure(429, "TooManyRequests", "please try again later"),
        ApiServer::Failure(503, "ServiceUnavailable", "shutting down"),
        ApiServer::Failure(500, "InternalError", "etcdserver: request timed out")});
    busy.retry_after = seconds{network_.rng.Number(1, 20)};
    return busy;
  }
  if (!call.request.fresh_token && network_.rng.Chance(rates.unauthorized)) {
    return ApiServer::Failure(401, "Unauthorized", "Unauthorized");
  }
  if (call.target.subresource == "status" && network_.rng.Chance(rates.failed_status)) {
    return ApiServer::Failure(500, "InternalError", "an error on the server");
  }
  if (call.mutating && !call.lease && network_.rng.Chance(rates.forbidden)) {
    return ApiServer::Failure(403, "Forbidden", "forbidden: no rights for a moment");
  }
  return std::nullopt;
}

void Process::Fail(const Call& call, const std::string& message) {
  network_.Notify([&](Observer& observer) { observer.OnUnanswered(call); });
  Arrival arrival;
  arrival.event = port::CallFailed{call.id, {base::ErrorKind::kUnavailable, message}};
  Deliver(std::move(arrival), Latency());
}

}  // namespace cu::simulation
