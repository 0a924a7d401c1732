#include "run.hpp"

#include <algorithm>
#include <utility>

namespace cu::simulation {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

/// For the liveness phase; longer than the sum of all timeouts of every scenario.
constexpr Duration kLivenessLimit = hours{8};
/// After so long without a mutating call the run is over.
constexpr Duration kQuiet = seconds{100};
/// A stall has let go of everything by then.
constexpr Duration kQuietUndisturbed = seconds{75};
constexpr int kMaxRetries = 8;
constexpr std::uint64_t kMaxSteps = 3'000'000;

}  // namespace

Run::Run(const Scenario& scenario, const Factory& factory)
    : scenario_(scenario),
      cluster_(scenario.seed),
      network_(cluster_, scenario.seed + 77),
      promises_(cluster_, kUpgradeName, scenario.view_lag),
      token_promises_(
          cluster_,
          kUpgradeName,
          scenario.view_lag,
          [this](const auto& promise, const auto& text) { promises_.Report(promise, text); }),
      refresh_promises_(
          cluster_,
          kUpgradeName,
          scenario.view_lag,
          [this](const auto& promise, const auto& text) { promises_.Report(promise, text); }),
      rng_(scenario.seed + 99) {
  network_.observers = {&token_promises_, &refresh_promises_, &promises_, &drain_coverage_};
  for (int i = 0; i < scenario.controllers; ++i) {
    processes_.push_back(
        std::make_unique<Process>(std::string(1, static_cast<char>('a' + i)), network_, factory));
  }
}

void Run::TraceTo(std::ostream& out) {
  trace_ = std::make_unique<Trace>(cluster_, out);
  network_.observers.insert(network_.observers.begin(), trace_.get());
}

RunResult Run::Go() {
  Schedule();
  Timeline& timeline = cluster_.timeline;
  const base::SteadyTime start = timeline.now();
  while (!over_ && !promises_.violation() && timeline.Step()) {
    if (timeline.steps() > kMaxSteps) {
      promises_.Report("P8", "livelock: " + std::to_string(kMaxSteps) + " steps");
    }
  }
  RunResult result;
  result.violation = promises_.violation();
  result.end = Reason("Ready");
  result.events = network_.events;
  result.steps = timeline.steps();
  result.writes = network_.writes;
  result.drain_coverage = drain_coverage_.counts();
  result.most_evictions = promises_.most_evictions();
  result.virtual_time = timeline.now() - start;
  return result;
}

void Run::Schedule() {
  Timeline& timeline = cluster_.timeline;
  if (scenario_.rotation) {
    BeginRotation();
  }
  Populate(cluster_, scenario_);
  cluster_.kubelets.set_programs([this](const std::string&, int) { return ChooseProgram(); });
  timeline.After(seconds{30}, [this] {
    cluster_.CreateUpgrade(kUpgradeName, scenario_.spec);
    network_.fault_rates = scenario_.fault_rates;
  });
  for (const auto& [what, duration] : scenario_.refused) {
    RefuseFor(what, duration);
  }
  SetClockError(scenario_.clock_error);
  for (const auto& process : processes_) {
    process->set_wall_drift(scenario_.clock_drift);
  }
  processes_.back()->set_wall_error(scenario_.clock_error + scenario_.last_clock_error);
  for (const auto& process : processes_) {
    Process* one = process.get();
    one->set_on_end([this, one] {
      cluster_.timeline.After(rng_.Between(seconds{1}, seconds{20}), [one] { one->Start(); });
    });
    timeline.After(rng_.Between(seconds{0}, seconds{60}), [one] { one->Start(); });
  }
  const auto before_liveness_phase = [&] {
    return rng_.Between(seconds{30}, scenario_.fault_period);
  };
  const auto schedule = [&](const std::function<void()>& disturb) {
    ++pending_disturbances_;
    timeline.After(before_liveness_phase(), [this, disturb] {
      --pending_disturbances_;
      disturb();
    });
  };
  for (int i = 0; i < scenario_.user_actions; ++i) {
    schedule([this] { UserAction(); });
  }
  for (int i = 0; i < scenario_.faults; ++i) {
    schedule([this] { InjectFault(); });
  }
  for (int i = 0; i < scenario_.rollouts; ++i) {
    schedule([this] { UserActionOnApplications(); });
  }
  if (scenario_.user_deletes) {
    schedule([this] { cluster_.DeleteUpgrade(kUpgradeName); });
  }
  if (scenario_.pod_hook) {
    SchedulePodHook();
  }
  if (scenario_.rewritten_budgets) {
    timeline.After(seconds{60}, [this] { RewriteBudgets(); });
  }
  latest_liveness_phase_ = timeline.now() + scenario_.fault_period + seconds{31};
  timeline.After(seconds{61}, [this] { AwaitLivenessPhase(); });
}

void Run::RefuseFor(ApiServer::Refused what, Duration duration) {
  cluster_.server.Refuse(what, "a policy forbids it");
  cluster_.timeline.After(duration, [this, what] { cluster_.server.Refuse(what, ""); });
}

/// Nobody answers for the webhook at first, and once later.
void Run::SchedulePodHook() {
  const Scenario::PodHook hook = *scenario_.pod_hook;
  cluster_.webhook.Install(hook.mutating, hook.asks_itself);
  const auto fall_silent = [this, hook](Duration duration) {
    if (in_liveness_phase_ || duration == Duration{}) {
      return;
    }
    cluster_.webhook.Answer({});
    cluster_.timeline.After(duration, [this, hook] {
      if (!in_liveness_phase_) {
        cluster_.webhook.Answer(hook.on_one_node ? std::vector<std::string>{"worker-1"}
                                                 : std::vector<std::string>{"worker-1", ""});
      }
    });
  };
  cluster_.webhook.Answer({"worker-1", ""});
  fall_silent(hook.down_at_first);
  cluster_.timeline.After(scenario_.fault_period / 2,
                          [fall_silent, hook] { fall_silent(hook.down_later); });
}

/// The liveness phase begins at the end of the fault period, or earlier if the upgrade is over.
void Run::AwaitLivenessPhase() {
  const base::SteadyTime now = cluster_.timeline.now();
  const bool idle =
      pending_disturbances_ == 0 && Settled() && now - promises_.last_write() > seconds{20};
  if (now < latest_liveness_phase_ && !idle) {
    cluster_.timeline.After(std::min<Duration>(seconds{5}, latest_liveness_phase_ - now),
                            [this] { AwaitLivenessPhase(); });
    return;
  }
  liveness_since_ = now;
  scenario_.undisturbed ? CheckLiveness() : BeginLivenessPhase();
}

/// Faults end, and users repair what the controller cannot.
void Run::BeginLivenessPhase() {
  if (trace_) {
    trace_->Print("----- liveness phase: no more faults");
  }
  in_liveness_phase_ = true;
  token_promises_.set_calm();
  token_promises_.NoteDisturbance();
  network_.fault_rates = FaultRates{};
  network_.outage = false;
  cluster_.kubelets.RepairAll();
  cluster_.server.ClearTerminating();
  cluster_.server.RestoreAccess();
  cluster_.volumes.RepairAll();
  cluster_.webhook.Answer({"worker-1", ""});
  cluster_.EditUpgrade(kUpgradeName, [](Json& upgrade) {
    upgrade["spec"]["paused"] = false;
    for (const char* policy : {"unmanagedPods", "emptyDirPods"}) {
      if (upgrade["spec"]["drain"][policy] == "Refuse") {
        upgrade["spec"]["drain"][policy] = "Evict";
      }
    }
  });
  const std::vector<std::string> nodes = cluster_.database.Keys(Kind::kNode);
  const ObjectPtr upgrade = cluster_.database.Find(Kind::kUpgrade, kUpgradeName);
  const std::string target =
      upgrade == nullptr ? scenario_.to : TextAt(upgrade->value(), {"spec", "version"});
  for (const std::string& name : nodes) {
    cluster_.SetNodeMetadata(name, "labels", "clusterupgrade.io/exclude", nullptr);
  }
  const auto undo_wrong_programs = [this, nodes, target] {
    for (const std::string& name : nodes) {
      const ObjectPtr node = cluster_.database.Find(Kind::kNode, name);
      if (node != nullptr && ReleaseOf(KubeletVersion(node->value())) > ReleaseOf(target)) {
        cluster_.kubelets.SetVersion(name, target);
      }
    }
  };
  undo_wrong_programs();
  MendVersions();
  // Once more for the Jobs deleted below: their pods run until their grace period is over.
  cluster_.timeline.After(seconds{30}, undo_wrong_programs);
  // Budgets that need more nodes than there are, or that never allow an eviction, are for users to
  // change.
  for (const std::string& key : cluster_.database.Keys(Kind::kBudget)) {
    cluster_.database.Remove(Kind::kBudget, key, "human");
  }
  std::vector<std::string> stuck;
  for (const auto& [key, job] : cluster_.database.All(Kind::kJob)) {
    if (ValueAt(job->value(), {"status", "conditions"}).empty()) {
      stuck.push_back(key);
    }
  }
  for (const std::string& key : stuck) {
    cluster_.DeleteJob(key);
  }
  if (scenario_.users_retry) {
    Retry();
  }
  cluster_.timeline.After(seconds{5}, [this] { CheckLiveness(); });
}

/// Of nodes that are too old or too new for the upgrade, and of a managed control plane.
void Run::MendVersions() {
  if (scenario_.control_planes == 0) {
    cluster_.server.set_version(scenario_.to);
  }
  const Release api = ReleaseOf(scenario_.from);
  for (const auto& [name, version] : scenario_.odd_versions) {
    const ObjectPtr node = cluster_.database.Find(Kind::kNode, name);
    const int minor =
        node == nullptr ? api.minor_number : ReleaseOf(KubeletVersion(node->value())).minor_number;
    const int may_lag = node != nullptr && IsControlPlane(node->value()) ? 1 : 3;
    if (minor + may_lag < ReleaseOf(scenario_.to).minor_number) {
      cluster_.kubelets.SetVersion(name, scenario_.from);
    } else if (node != nullptr && version == KubeletVersion(node->value()) &&
               minor > api.minor_number) {
      cluster_.kubelets.SetVersion(name, scenario_.from);
    }
  }
}

/// For spec.verify.newBoot: users reboot what failed because it was not.
void Run::RebootFailedNodes() {
  const ObjectPtr upgrade = cluster_.database.Find(Kind::kUpgrade, kUpgradeName);
  const Json failures =
      upgrade == nullptr ? Json() : ValueAt(upgrade->value(), {"status", "failures"});
  for (const Json& failure : failures) {
    if (TextAt(failure, {"reason"}) == "NotRebooted") {
      cluster_.kubelets.Reboot(TextAt(failure, {"name"}), seconds{20});
    }
  }
}

/// Saved pods wait for a schedulable node: users remove the cordons that they asked to keep.
void Run::UncordonAllNodes() {
  const std::vector<std::string> nodes = cluster_.database.Keys(Kind::kNode);
  for (const std::string& name : nodes) {
    cluster_.SetNodeMetadata(name, "annotations", "clusterupgrade.io/keep-cordoned", nullptr);
    cluster_.Cordon(name, false);
  }
}

void Run::SetClockError(Duration error) {
  for (const auto& process : processes_) {
    process->set_wall_error(error);
  }
}

void Run::SetOutage(bool outage) {
  network_.outage = outage;
  for (const auto& process : processes_) {
    if (outage) {
      process->CutStreams();
    }
  }
}

void Run::KillControllers() {
  for (const auto& process : processes_) {
    process->Kill("on purpose");
  }
}

void Run::Restore(Duration away) {
  if (trace_) {
    trace_->Print("----- etcd is restored from a backup");
  }
  network_.outage = true;
  for (const auto& process : processes_) {
    process->BreakStreams();
  }
  cluster_.database.GoBack();
  cluster_.server.watches().Compact();
  cluster_.server.ExpirePages();
  promises_.OnRestore();
  cluster_.timeline.After(away, [this] { network_.outage = false; });
}

void Run::Retry() {
  ++retries_;
  last_retry_ = cluster_.timeline.now();
  cluster_.EditUpgrade(kUpgradeName, [this](Json& upgrade) {
    upgrade["metadata"]["annotations"]["clusterupgrade.io/retry"] = std::to_string(retries_);
  });
}

std::string Run::Reason(const char* type) const {
  const ObjectPtr upgrade = cluster_.database.Find(Kind::kUpgrade, kUpgradeName);
  if (upgrade == nullptr) {
    return "Deleted";
  }
  for (const Json& condition : ValueAt(upgrade->value(), {"status", "conditions"})) {
    if (TextAt(condition, {"type"}) == type) {
      return TextAt(condition, {"status"}) + " " + TextAt(condition, {"reason"}) + ": " +
             TextAt(condition, {"message"});
    }
  }
  return "no condition";
}

/// Ready, Stalled or deleted: the controller has nothing left to do.
bool Run::Settled() const {
  const ObjectPtr upgrade = cluster_.database.Find(Kind::kUpgrade, kUpgradeName);
  return upgrade == nullptr || ConditionOf(upgrade->value(), "Ready") == "True" ||
         ConditionOf(upgrade->value(), "Stalled") == "True";
}

/// P8: the upgrade ends within a bound, and then nothing is written any more.
void Run::CheckLiveness() {
  const base::SteadyTime now = cluster_.timeline.now();
  const bool stalled = Reason("Stalled").starts_with("True");
  const Duration waited = now - liveness_since_;
  const Duration quiet_for = std::min({now - promises_.last_write(), now - last_retry_, waited});
  const bool quiet = quiet_for > (scenario_.undisturbed ? kQuietUndisturbed : kQuiet);
  if (stalled && quiet && scenario_.users_retry && retries_ < kMaxRetries) {
    RebootFailedNodes();
    Retry();
  } else if (Reason("Ready").find("PodsToRecreate") != std::string::npos && quiet) {
    UncordonAllNodes();
  } else if (TokensPending() && (Settled() || TokensWait())) {
    RestartStalePods();
  } else if (Settled() && quiet) {
    over_ = true;
    promises_.CheckEnd();
    if (stalled && scenario_.users_retry) {
      promises_.Report("P8", "stalled without a fault: " + Reason("Stalled"));
    }
    return;
  }
  if (waited > kLivenessLimit) {
    promises_.Report("P8",
                     Settled() && TokensPending() ? "TokensFresh: " + Reason("TokensFresh")
                     : Settled()                  ? "still writes: " + promises_.last_write_text()
                                                  : "does not end: " + Reason("Ready"));
    return;
  }
  cluster_.timeline.After(seconds{5}, [this] { CheckLiveness(); });
}

Program Run::ChooseProgram() {
  const Duration usual = rng_.Between(seconds{5}, seconds{90});
  const bool asked = BoolAt(scenario_.spec, {"verify", "newBoot"});
  const bool reboots = asked ? in_liveness_phase_ || rng_.Chance(0.7) : rng_.Chance(0.3);
  if (in_liveness_phase_ || !rng_.Chance(scenario_.bad_programs)) {
    return {reboots ? Outcome::kReboots : Outcome::kSucceeds, usual};
  }
  static const std::vector<Outcome> kBad{Outcome::kFails,
                                         Outcome::kFailsAfterChange,
                                         Outcome::kChangesNothing,
                                         Outcome::kNeverStarts,
                                         Outcome::kRejected,
                                         Outcome::kHangs,
                                         Outcome::kNeverReturns,
                                         Outcome::kDropsReady,
                                         Outcome::kOtherPatch};
  return {rng_.Pick(kBad), usual};
}

}  // namespace cu::simulation
