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
  ++life_;
  name_ = replica_ + "/" + std::to_string(life_);
  handler_ = factory_(name_, network_.rng.Next());
  busy_until_ = timeline_.now();
  network_.Tell([&](Observer& observer) { observer.OnProcess(name_, "starts"); });
  Handle({}, false);
}

void Process::Kill(const std::string& why) {
  if (running()) {
    End("is killed: " + why);
  }
}

void Process::End(const std::string& what) {
  network_.Tell([&](Observer& observer) { observer.OnProcess(name_, what); });
  ++life_;
  handler_ = nullptr;
  inbox_.clear();
  look_due_ = false;
  wake_.reset();
  wake_scheduled_.reset();
  aborted_.clear();
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
    network_.Tell([&](Observer& observer) { observer.OnProcess(name_, "is asked to stop"); });
    Deliver({port::StopRequested{}, {}, {}, {}, 0, false}, Duration{0});
  }
}

void Process::Pause(Duration span) {
  if (running()) {
    network_.Tell([&](Observer& observer) { observer.OnProcess(name_, "is paused"); });
    busy_until_ = std::max(busy_until_, timeline_.now() + span);
  }
}

Duration Process::Latency() {
  if (network_.rng.Chance(network_.faults.slow)) {
    return network_.rng.Between(milliseconds{2}, network_.faults.slowest);
  }
  return network_.rng.Between(microseconds{200}, microseconds{2200});
}

void Process::Deliver(Arrival arrival, Duration delay) {
  timeline_.After(delay, [this, life = life_, arrival = std::move(arrival)]() mutable {
    if (life == life_) {
      inbox_.push_back(std::move(arrival));
      WakeSoon(network_.rng.Between(Duration{0}, milliseconds{1}));
    }
  });
}

void Process::WakeSoon(Duration delay) {
  if (!std::exchange(look_due_, true)) {
    const Duration busy = busy_until_ - timeline_.now();
    timeline_.After(std::max(delay, busy), [this, life = life_] {
      if (life == life_) {
        look_due_ = false;
        HandleInbox();
      }
    });
  }
}

void Process::HandleInbox() {
  if (timeline_.now() < busy_until_) {
    WakeSoon(Duration{0});
    return;
  }
  const std::size_t most = std::min<std::size_t>(inbox_.size(), 256);
  const std::size_t count =
      most < 2 ? most : static_cast<std::size_t>(network_.rng.Number(1, static_cast<int>(most)));
  std::vector<port::Event> batch;
  bool crash_after = false;
  network_.Tell([&](Observer& observer) { observer.OnBatch(name_, count); });
  for (std::size_t i = 0; i < count; ++i) {
    Arrival arrival = std::move(inbox_.front());
    inbox_.pop_front();
    network_.Tell([&](Observer& observer) {
      // An answer that comes after its call was given up is nobody's.
      if (arrival.call && !aborted_.contains(arrival.call->id)) {
        observer.OnDelivered(*arrival.call, arrival.response);
      }
      if (arrival.kind) {
        observer.OnSeen(name_, *arrival.kind, arrival.version);
      }
    });
    crash_after = crash_after || arrival.crash_after;
    batch.push_back(std::move(arrival.event));
  }
  Handle(batch, crash_after);
  if (running() && !inbox_.empty()) {
    WakeSoon(Duration{0});
  }
}

void Process::Handle(const std::vector<port::Event>& batch, bool crash_after) {
  network_.events += batch.size();
  const base::Now now{timeline_.wall() + std::chrono::duration_cast<microseconds>(wall_error_),
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
  if (network_.rng.Chance(network_.faults.stall)) {
    const Duration stall = network_.rng.Between(milliseconds{1}, network_.faults.longest_stall);
    busy_until_ = timeline_.now() + stall;
    timeline_.After(stall, [this, life = life_, effects = std::move(reaction.effects)]() mutable {
      if (life == life_) {
        Execute(std::move(effects));
      }
    });
    return;
  }
  Execute(std::move(reaction.effects));
}

void Process::Execute(std::vector<port::Effect> effects) {
  for (const port::Effect& effect : effects) {
    if (network_.rng.Chance(network_.faults.crash)) {
      Kill("between two effects");
      return;
    }
    if (!Do(effect)) {
      return;
    }
  }
  ScheduleWake();
}

/// One timer item at a time: an earlier wish replaces it, a later one is looked at when it fires.
void Process::ScheduleWake() {
  if (!wake_ || (wake_scheduled_ && *wake_scheduled_ <= *wake_)) {
    return;
  }
  wake_scheduled_ = wake_;
  timeline_.After(*wake_ - timeline_.now(), [this, life = life_, at = *wake_] {
    if (life != life_ || wake_scheduled_ != at) {
      return;
    }
    wake_scheduled_.reset();
    if (wake_ && *wake_ <= timeline_.now()) {
      WakeSoon(Duration{0});
    } else {
      ScheduleWake();
    }
  });
}

bool Process::Do(const port::Effect& effect) {
  const int life = life_;
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
          network_.Tell([&](Observer& observer) { observer.OnProcess(name_, line); });
        } else if constexpr (std::is_same_v<T, port::Exit>) {
          End("exits");
        }
      },
      effect);
  return life == life_;
}

void Process::Begin(const port::SendRequest& send) {
  Call call{name_,
            send.id,
            send.request,
            ParseTarget(send.request.target).value_or(Target{}),
            timeline_.now(),
            send.request.method != port::Method::kGet,
            false};
  call.lease = call.target.resource == "leases" && call.target.ns != "kube-node-lease";
  if (call.begun > send.not_after) {
    Fail(call, "not begun in time");
    return;
  }
  std::optional<CrashTiming> crash;
  // Of the renewals of the Lease the first few stand for all.
  if (call.mutating && (!call.lease || ++network_.lease_writes <= 4)) {
    ++network_.writes;
    crash = network_.crash ? network_.crash(network_.writes) : std::nullopt;
    if (crash == CrashTiming::kBefore) {
      Kill("before a write");
      return;
    }
  }
  network_.Tell([&](Observer& observer) { observer.OnBegin(call); });
  if (network_.rng.Chance(network_.faults.lost_request)) {
    Fail(call, "connection reset");
    return;
  }
  timeline_.After(Latency(), [this, call, life = life_, crash] { Arrive(call, life, crash); });
  if (call.mutating && network_.rng.Chance(network_.faults.duplicate)) {
    timeline_.After(Latency() + milliseconds{1}, [this, call] { Serve(call); });
  }
}

void Process::Arrive(const Call& call, int life, std::optional<CrashTiming> crash) {
  const bool alive = life == life_;
  const bool wanted = alive && !aborted_.contains(call.id);
  if (!wanted && network_.rng.Chance(0.5)) {
    return;
  }
  if (network_.outage) {
    if (alive) {
      Fail(call, "connection refused");
    }
    return;
  }
  std::optional<port::Response> trouble = alive ? Trouble(call) : std::nullopt;
  Arrival arrival;
  arrival.response = trouble ? *trouble : Serve(call);
  if (!alive) {
    return;
  }
  if (crash == CrashTiming::kDuring) {
    Kill("after a write was applied, before its answer came");
    return;
  }
  if (network_.rng.Chance(network_.faults.lost_reply)) {
    Fail(call, "connection reset while reading");
    return;
  }
  if (!trouble && arrival.response.status < 300) {
    arrival.kind = call.target.kind();
    arrival.version = network_.cluster.database.version();
  }
  arrival.event = port::ResponseReceived{call.id, arrival.response};
  arrival.call = call;
  arrival.crash_after = crash == CrashTiming::kAfter;
  Deliver(std::move(arrival), Latency());
}

port::Response Process::Serve(const Call& call) {
  network_.Tell([&](Observer& observer) { observer.OnArrive(call); });
  port::Response response = network_.cluster.server.Serve(call.request, call.process);
  network_.Tell([&](Observer& observer) { observer.OnServed(call, response); });
  return response;
}

/// What stands before the API server's own answer: overload, an expired token, missing rights.
std::optional<port::Response> Process::Trouble(const Call& call) {
  const Faults& faults = network_.faults;
  if (network_.rng.Chance(faults.overload)) {
    port::Response busy = network_.rng.Pick(std::vector<port::Response>{
        ApiServer::Failure(429, "TooManyRequests", "please try again later"),
        ApiServer::Failure(503, "ServiceUnavailable", "shutting down"),
        ApiServer::Failure(500, "InternalError", "etcdserver: request timed out")});
    busy.retry_after = seconds{network_.rng.Number(1, 20)};
    return busy;
  }
  if (!call.request.fresh_token && network_.rng.Chance(faults.unauthorized)) {
    return ApiServer::Failure(401, "Unauthorized", "Unauthorized");
  }
  if (call.target.subresource == "status" && network_.rng.Chance(faults.failed_status)) {
    return ApiServer::Failure(500, "InternalError", "an error on the server");
  }
  if (call.mutating && !call.lease && network_.rng.Chance(faults.forbidden)) {
    return ApiServer::Failure(403, "Forbidden", "forbidden: no rights for a moment");
  }
  return std::nullopt;
}

void Process::Fail(const Call& call, const std::string& message) {
  network_.Tell([&](Observer& observer) { observer.OnUnanswered(call); });
  Arrival arrival;
  arrival.event = port::CallFailed{call.id, {base::ErrorKind::kUnavailable, message}};
  Deliver(std::move(arrival), Latency());
}

}  // namespace cu::simulation
