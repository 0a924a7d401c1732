#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/cluster.hpp"
#include "port/port.hpp"

namespace cu::simulation {

/// One call of a controller process.
struct Call {
  std::string process;  ///< "a/3": replica and incarnation; the actor of its writes
  port::CallId id{};
  port::Request request;
  Target target;
  base::SteadyTime begun;
  bool mutating = false;
  bool lease = false;  ///< to the leader's Lease
  std::optional<Token> token = std::nullopt;
};

/// Is told everything that happens between controllers and the API server.
class Observer {
 public:
  Observer() = default;
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;
  virtual ~Observer() = default;
  virtual void OnBegin(const Call& /*call*/) {}
  /// Before the API server works on it.
  virtual void OnArrive(const Call& /*call*/) {}
  virtual void OnServed(const Call& /*call*/, const port::Response& /*response*/) {}
  virtual void OnDelivered(const Call& /*call*/, const port::Response& /*response*/) {}
  /// The process will not get the response.
  virtual void OnUnanswered(const Call& /*call*/) {}
  /// A process received something that shows `kind` as of `version`.
  virtual void OnSeen(const std::string& /*process*/, Kind /*kind*/, std::uint64_t /*version*/) {}
  /// A process begins to handle a batch of `size` events; OnDelivered and OnSeen follow.
  virtual void OnBatch(const std::string& /*process*/, std::size_t /*size*/) {}
  virtual void OnProcess(const std::string& /*process*/, const std::string& /*what*/) {}
};

/// Probabilities of faults per call, line, effect or batch.
struct FaultRates {
  double lost_request = 0;
  double lost_reply = 0;
  double duplicate = 0;
  double slow = 0;
  Duration slowest{};
  double broken_watch = 0;   ///< per line
  double expired_watch = 0;  ///< per line: an ERROR event with 410
  double silent_watch = 0;   ///< per watch: from some time on neither lines nor an end arrive
  double lagging_watch = 0;  ///< per watch
  Duration longest_lag{};
  double expired_list = 0;  ///< continue tokens and watch history have expired
  double overload = 0;      ///< 429, 500 and 503 with Retry-After
  double unauthorized = 0;
  double forbidden = 0;
  double failed_status = 0;  ///< a status write is answered with 500, and not applied
  double crash = 0;          ///< per effect: the process dies before it
  double stall = 0;          ///< per batch: time passes between the decision and its effects
  Duration longest_stall{};
};

enum class CrashTiming { kBefore, kDuring, kAfter };
/// Whether the process dies before the `write`th mutating call is sent, after it was applied but
/// before its answer came, or after its answer was handled and before anything that follows from
/// it. Asked once for each write.
using CrashPlan = std::function<std::optional<CrashTiming>(std::uint64_t write)>;

/// Changes the reactions of a controller before they are executed: a rule broken on purpose, which
/// the checks of the promises must catch.
using Tamper = std::function<void(const std::string& process,
                                  std::span<const port::Event> batch,
                                  base::Now now,
                                  port::Reaction& reaction)>;

/// Changes what a controller gets: it then breaks a rule because it does not know that it applies.
using Misread = std::function<void(port::Event& event)>;

/// What controller processes share: the connection to the API server, its faults, the observers.
struct Network {
  Network(Cluster& cluster_in, std::uint64_t seed) : cluster(cluster_in), rng(seed) {}

  Cluster& cluster;
  Rng rng;
  FaultRates fault_rates;
  bool outage = false;  ///< the API server is unreachable
  CrashPlan crash;
  Tamper tamper;
  Misread misread;
  std::vector<Observer*> observers;
  std::uint64_t writes = 0;  ///< mutating calls begun, without most renewals of the Lease
  std::uint64_t lease_writes = 0;
  std::uint64_t events = 0;  ///< handed to controllers

  template <class Notice>
  void Notify(Notice notice) {
    for (Observer* observer : observers) {
      notice(*observer);
    }
  }
};

}  // namespace cu::simulation
