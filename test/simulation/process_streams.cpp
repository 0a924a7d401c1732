#include <algorithm>
#include <memory>
#include <utility>
#include <variant>

#include "process.hpp"

namespace cu::simulation {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr const char* kExpired =
    R"({"type":"ERROR","object":{"kind":"Status","apiVersion":"v1","status":"Failure",)"
    R"("message":"too old resource version","reason":"Expired","code":410}})";

/// Of an API that no release in a scenario removes.
constexpr const char* kMetric =
    R"(apiserver_requested_deprecated_apis{group="policy",removed_release="1.25",)"
    R"(resource="podsecuritypolicies",subresource="",version="v1beta1"} 1)";

}  // namespace

void Process::Open(const port::OpenStream& open) {
  const Call call{name_,
                  open.id,
                  open.request,
                  ParseTarget(open.request.target).value_or(Target{}),
                  timeline_.now(),
                  false,
                  false,
                  Present(open.request.fresh_token)};
  network_.Notify([&](Observer& observer) { observer.OnBegin(call); });
  if (network_.rng.Chance(network_.fault_rates.lost_request)) {
    Fail(call, "connection reset");
    return;
  }
  timeline_.After(Latency(), [this, call, incarnation = incarnation_] {
    if (incarnation == incarnation_ && !aborted_.contains(call.id)) {
      OpenAtServer(call, incarnation);
    }
  });
}

void Process::OpenAtServer(const Call& call, int incarnation) {
  if (network_.outage || network_.cluster.api_servers.all_down()) {
    Fail(call, "connection refused");
    return;
  }
  if (network_.rng.Chance(network_.fault_rates.expired_list)) {
    network_.cluster.server.watches().Compact();
  }
  const auto answer = [&](const port::Response& response) {
    network_.Notify([&](Observer& observer) { observer.OnServed(call, response); });
    Arrival arrival;
    arrival.event = port::ResponseReceived{call.id, response};
    arrival.call = call;
    arrival.response = response;
    Deliver(std::move(arrival), Latency());
  };
  std::optional<port::Response> injected = Refusal(call);
  if (!injected) {
    injected = InjectedResponse(call);
  }
  if (injected) {
    answer(*injected);
    return;
  }
  Stream& stream = streams_[call.id];
  stream.last = timeline_.now();
  if (network_.rng.Chance(network_.fault_rates.lagging_watch)) {
    stream.lag = network_.rng.Between(milliseconds{10}, network_.fault_rates.longest_lag);
  }
  if (network_.rng.Chance(network_.fault_rates.silent_watch)) {
    stream.silent_from = timeline_.now() + network_.rng.Between(seconds{1}, seconds{300});
  }
  // Watch() sends past changes before it returns: they are queued until the stream is open.
  struct Past {
    std::string line;
    Kind kind;
    std::uint64_t version;
  };
  const auto past = std::make_shared<std::optional<std::vector<Past>>>(std::vector<Past>{});
  const auto sink = [this, incarnation, id = call.id, past](
                        const std::string& line, Kind kind, std::uint64_t version) {
    if (past->has_value()) {
      (*past)->push_back({line, kind, version});
    } else if (incarnation == incarnation_) {
      StreamLine(id, line, kind, version);
    }
  };
  using Opened = decltype(network_.cluster.server.Watch(call.request, sink));
  const bool metrics = call.request.target == "/metrics";
  const auto result =
      metrics ? Opened{std::uint64_t{0}} : network_.cluster.server.Watch(call.request, sink);
  if (metrics) {
    (*past)->push_back({kMetric, Kind::kNode, 0});
    (*past)->push_back({"", Kind::kNode, 0});
  } else if (const auto* refused = std::get_if<port::Response>(&result)) {
    if (refused->status != 410 || network_.rng.Chance(0.5)) {
      streams_.erase(call.id);
      answer(*refused);
      return;
    }
    (*past)->push_back({kExpired, Kind::kNode, 0});
    (*past)->push_back({"", Kind::kNode, 0});
  } else {
    stream.watch = std::get<std::uint64_t>(result);
  }
  Arrival opened;
  opened.event = port::StreamOpened{call.id};
  QueueLine(stream, std::move(opened));
  const std::vector<Past> lines = std::exchange(*past, std::nullopt).value();
  for (const Past& line : lines) {
    StreamLine(call.id, line.line, line.kind, line.version);
  }
}

void Process::StreamLine(port::CallId id,
                         const std::string& line,
                         Kind kind,
                         std::uint64_t version) {
  const auto found = streams_.find(id);
  if (found == streams_.end()) {
    return;
  }
  if (line.empty()) {
    EndStream(id, std::nullopt);
    return;
  }
  const FaultRates& rates = network_.fault_rates;
  if (found->second.silent_from && *found->second.silent_from <= timeline_.now()) {
    return;
  }
  if (network_.rng.Chance(rates.broken_watch)) {
    EndStream(id, base::Error{base::ErrorKind::kUnavailable, "connection reset"});
    return;
  }
  Arrival arrival;
  if (network_.rng.Chance(rates.expired_watch)) {
    arrival.event = port::StreamLine{id, kExpired};
    QueueLine(found->second, std::move(arrival));
    EndStream(id, std::nullopt);
    return;
  }
  arrival.event = port::StreamLine{id, line};
  arrival.kind = kind;
  arrival.version = version;
  QueueLine(found->second, std::move(arrival));
}

/// Lines of a stream are delayed but stay in order.
void Process::QueueLine(Stream& stream, Arrival arrival) {
  stream.last = std::max(timeline_.now() + Latency() + stream.lag, stream.last + microseconds{1});
  Deliver(std::move(arrival), stream.last - timeline_.now());
}

void Process::BreakStreams() {
  std::vector<port::CallId> open;
  for (const auto& [id, stream] : streams_) {
    open.push_back(id);
  }
  for (const port::CallId id : open) {
    EndStream(id, base::Error{base::ErrorKind::kUnavailable, "connection reset"});
  }
}

void Process::CutStreams() {
  std::vector<port::CallId> told;
  for (auto& [id, stream] : streams_) {
    if (network_.rng.Chance(0.5)) {
      told.push_back(id);
    } else {
      stream.silent_from = timeline_.now();
    }
  }
  for (const port::CallId id : told) {
    EndStream(id, base::Error{base::ErrorKind::kUnavailable, "connection reset"});
  }
}

void Process::EndStream(port::CallId id, std::optional<base::Error> error) {
  const auto found = streams_.find(id);
  if (found != streams_.end()) {
    Arrival arrival;
    arrival.event = port::StreamEnded{id, std::move(error)};
    QueueLine(found->second, std::move(arrival));
    // Later, as the server may be sending to this watch right now.
    timeline_.After(Duration{0}, [this, watch = found->second.watch] {
      network_.cluster.server.watches().Close(watch);
    });
    streams_.erase(found);
  }
}

}  // namespace cu::simulation
