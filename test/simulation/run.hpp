#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "answers.hpp"
#include "network.hpp"
#include "process.hpp"
#include "promises.hpp"
#include "scenario.hpp"
#include "trace.hpp"

namespace cu::simulation {

struct RunResult {
  std::optional<Violation> violation;
  std::string end;           ///< reason of condition Ready at the end, "Deleted", …
  std::uint64_t events = 0;  ///< handed to controllers
  std::uint64_t steps = 0;   ///< of the whole model
  std::uint64_t writes = 0;  ///< mutating calls begun
  Duration virtual_time{};
  std::map<std::string, std::uint64_t> answers;  ///< to evictions, by kind
};

/// One upgrade from its creation until nothing happens any more.
class Run {
 public:
  Run(const Scenario& scenario, const Factory& factory);

  void set_crash(CrashPlan plan) { network_.crash = std::move(plan); }
  void set_tamper(Tamper tamper) { network_.tamper = std::move(tamper); }
  void TraceTo(std::ostream& out);
  RunResult Go();

  Cluster& cluster() { return cluster_; }
  Network& network() { return network_; }
  /// SIGKILL for all of them; they start again.
  void KillControllers();

 private:
  void Schedule();
  void AwaitCalm();
  void Calm();
  void Watch();
  bool Settled() const;
  void People();
  void PeopleOnBudgets();
  void TouchBudgets();
  void PeopleOnNodes(const std::string& node);
  void Accident();
  void Retry();
  void MakeRoom();
  std::string RandomNode(bool workers_only);
  Program ChooseProgram();
  std::string Reason(const char* type) const;

  Scenario scenario_;
  Cluster cluster_;
  Network network_;
  Promises promises_;
  Answers answers_;
  Rng rng_;
  std::vector<std::unique_ptr<Process>> processes_;
  std::unique_ptr<Trace> trace_;
  bool calm_ = false;
  bool over_ = false;
  bool deleted_ = false;
  int retries_ = 0;
  int joined_ = 0;
  int to_come_ = 0;  ///< things that people and accidents are still to do
  base::SteadyTime latest_calm_;
  base::SteadyTime calm_since_;
  base::SteadyTime last_retry_;
};

}  // namespace cu::simulation
