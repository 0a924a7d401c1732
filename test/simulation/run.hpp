#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "drain_coverage.hpp"
#include "network.hpp"
#include "process.hpp"
#include "promises.hpp"
#include "promises_refresh.hpp"
#include "promises_tokens.hpp"
#include "scenario.hpp"
#include "trace.hpp"

namespace cu::simulation {

struct RunResult {
  std::optional<Violation> violation;
  std::string end;           ///< status, reason and message of condition Ready, or "Deleted"
  std::uint64_t events = 0;  ///< handed to controllers
  std::uint64_t steps = 0;   ///< of the whole model
  std::uint64_t writes = 0;  ///< mutating calls begun
  Duration virtual_time{};
  std::map<std::string, std::uint64_t> drain_coverage;  ///< answers, by kind
  int most_evictions = 0;                               ///< Promises::most_evictions
};

/// One upgrade, from the creation of the object until nothing happens any more. During the fault
/// period faults are injected and users change things; in the liveness phase that follows nothing
/// goes wrong any more, and the upgrade has to end (P8).
class Run {
 public:
  Run(const Scenario& scenario, const Factory& factory);

  void set_crash(CrashPlan plan) { network_.crash = std::move(plan); }
  void set_tamper(Tamper tamper) { network_.tamper = std::move(tamper); }
  void set_misread(Misread misread) { network_.misread = std::move(misread); }
  void TraceTo(std::ostream& out);
  RunResult Go();

  Cluster& cluster() { return cluster_; }
  Network& network() { return network_; }
  /// Null without Scenario::rotation, and before Go.
  Rotator* rotator() { return rotator_.get(); }
  /// So much the wall clocks of all controllers are ahead from now on.
  void SetClockError(Duration error);
  /// Nobody reaches the API server any more, or again; open watches are lost, too.
  void SetOutage(bool outage);
  /// SIGKILL for all controller processes; they start again.
  void KillControllers();
  /// etcd is restored from a backup: the API server is away for so long, and resource versions are
  /// lower then.
  void Restore(Duration away);

 private:
  void Schedule();
  /// Admission refuses it for so long.
  void RefuseFor(ApiServer::Refused what, Duration duration);
  void SchedulePodHook();
  void AwaitLivenessPhase();
  void BeginLivenessPhase();
  void CheckLiveness();
  bool Settled() const;
  void UserAction();
  void UserActionOnBudgets();
  void RewriteBudgets();
  void UserActionOnNodes(const std::string& node);
  void UserActionOnApplications();
  void UserActionOnTaints(const std::string& node);
  void InjectFault();
  void Retry();
  void BeginRotation();
  void RestartStalePods();
  bool TokensPending() const;
  bool TokensWait() const;
  void UncordonAllNodes();
  void MendVersions();
  void RebootFailedNodes();
  std::string RandomNode(bool workers_only);
  Program ChooseProgram();
  std::string Reason(const char* type) const;

  Scenario scenario_;
  Cluster cluster_;
  Network network_;
  Promises promises_;
  TokenPromises token_promises_;
  RefreshPromises refresh_promises_;
  DrainCoverage drain_coverage_;
  Rng rng_;
  std::vector<std::unique_ptr<Process>> processes_;
  std::unique_ptr<Rotator> rotator_;
  std::unique_ptr<Trace> trace_;
  bool in_liveness_phase_ = false;
  bool over_ = false;
  int retries_ = 0;
  int joined_ = 0;
  int pending_disturbances_ = 0;  ///< user actions and faults still to come
  base::SteadyTime latest_liveness_phase_;
  base::SteadyTime liveness_since_;
  base::SteadyTime last_retry_;
  base::SteadyTime last_restart_;  ///< of stale pods
};

}  // namespace cu::simulation
