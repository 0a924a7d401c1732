#include "run.hpp"

#include <algorithm>
#include <utility>

namespace cu::simulation {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

/// Long after every deadline of every scenario has passed.
constexpr Duration kPatience = hours{8};
/// No call that changes anything for so long: nothing follows any more.
constexpr Duration kQuiet = seconds{100};
constexpr Duration kQuietUndisturbed = seconds{45};
constexpr int kMostRetries = 8;
constexpr std::uint64_t kMostSteps = 3'000'000;

}  // namespace

Run::Run(const Scenario& scenario, const Factory& factory)
    : scenario_(scenario),
      cluster_(scenario.seed),
      network_(cluster_, scenario.seed + 77),
      promises_(cluster_, kUpgradeName, scenario.view_lag),
      rng_(scenario.seed + 99) {
  network_.observers = {&promises_, &answers_};
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
    if (timeline.steps() > kMostSteps) {
      promises_.Break("P8", "livelock: " + std::to_string(kMostSteps) + " steps");
    }
  }
  RunResult result;
  result.violation = promises_.violation();
  result.end = Reason("Ready");
  result.events = network_.events;
  result.steps = timeline.steps();
  result.writes = network_.writes;
  result.answers = answers_.counts();
  result.virtual_time = timeline.now() - start;
  return result;
}

void Run::Schedule() {
  Timeline& timeline = cluster_.timeline;
  Populate(cluster_, scenario_);
  cluster_.kubelets.set_programs([this](const std::string&, int) { return ChooseProgram(); });
  timeline.After(seconds{30}, [this] {
    cluster_.CreateUpgrade(kUpgradeName, scenario_.spec);
    network_.faults = scenario_.faults;
  });
  if (scenario_.jobs_refused > Duration{0}) {
    cluster_.server.set_job_refusal("a policy forbids it");
    timeline.After(scenario_.jobs_refused, [this] { cluster_.server.set_job_refusal(""); });
  }
  for (const auto& process : processes_) {
    Process* one = process.get();
    one->set_on_end([this, one] {
      cluster_.timeline.After(rng_.Between(seconds{1}, seconds{20}), [one] { one->Start(); });
    });
    timeline.After(rng_.Between(seconds{0}, seconds{60}), [one] { one->Start(); });
  }
  const auto before_calm = [&] { return rng_.Between(seconds{30}, scenario_.calm); };
  const auto meanwhile = [&](const std::function<void()>& act) {
    ++to_come_;
    timeline.After(before_calm(), [this, act] {
      --to_come_;
      act();
    });
  };
  for (int i = 0; i < scenario_.people; ++i) {
    meanwhile([this] { People(); });
  }
  for (int i = 0; i < scenario_.accidents; ++i) {
    meanwhile([this] { Accident(); });
  }
  if (scenario_.people_delete) {
    meanwhile([this] {
      deleted_ = true;
      cluster_.DeleteUpgrade(kUpgradeName);
    });
  }
  if (scenario_.busy_budgets) {
    timeline.After(seconds{60}, [this] { TouchBudgets(); });
  }
  latest_calm_ = timeline.now() + scenario_.calm + seconds{31};
  timeline.After(seconds{61}, [this] { AwaitCalm(); });
}

/// The calm comes at its time, or once nothing is left that could be disturbed.
void Run::AwaitCalm() {
  const base::SteadyTime now = cluster_.timeline.now();
  const bool idle = to_come_ == 0 && Settled() && now - promises_.last_write() > seconds{20};
  if (now < latest_calm_ && !idle) {
    cluster_.timeline.After(std::min<Duration>(seconds{5}, latest_calm_ - now),
                            [this] { AwaitCalm(); });
    return;
  }
  calm_since_ = now;
  scenario_.undisturbed ? Watch() : Calm();
}

/// Nothing goes wrong any more, and people repair what only they can.
void Run::Calm() {
  if (trace_) {
    trace_->Say("----- from here on nothing goes wrong any more");
  }
  calm_ = true;
  network_.faults = Faults{};
  network_.outage = false;
  cluster_.kubelets.RepairAll();
  cluster_.server.ClearTerminating();
  cluster_.server.RestoreAccess();
  cluster_.volumes.RepairAll();
  cluster_.EditUpgrade(kUpgradeName, [](Json& upgrade) {
    upgrade["spec"]["paused"] = false;
    for (const char* policy : {"unmanagedPods", "emptyDirPods"}) {
      if (upgrade["spec"]["drain"][policy] == "Refuse") {
        upgrade["spec"]["drain"][policy] = "Evict";
      }
    }
  });
  std::vector<std::string> included;
  for (const auto& [name, node] : cluster_.database.All(Kind::kNode)) {
    included.push_back(name);
  }
  const ObjectPtr upgrade = cluster_.database.Find(Kind::kUpgrade, kUpgradeName);
  const std::string target =
      upgrade == nullptr ? scenario_.to : TextAt(upgrade->value(), {"spec", "version"});
  for (const std::string& name : included) {
    cluster_.SetNodeMetadata(name, "labels", "clusterupgrade.io/exclude", nullptr);
  }
  const auto undo_wrong_programs = [this, included, target] {
    for (const std::string& name : included) {
      const ObjectPtr node = cluster_.database.Find(Kind::kNode, name);
      if (node != nullptr && ReleaseOf(KubeletVersion(node->value())) > ReleaseOf(target)) {
        cluster_.kubelets.SetVersion(name, target);
      }
    }
  };
  undo_wrong_programs();
  // And those of Jobs that are deleted below, whose pods use their grace.
  cluster_.timeline.After(seconds{30}, undo_wrong_programs);
  std::vector<std::string> budgets;
  for (const auto& [key, budget] : cluster_.database.All(Kind::kBudget)) {
    budgets.push_back(key);
  }
  // Fewer nodes than a budget needs, and budgets that never allow anything, are for people to
  // solve.
  for (const std::string& key : budgets) {
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
  if (scenario_.people_retry) {
    Retry();
  }
  cluster_.timeline.After(seconds{5}, [this] { Watch(); });
}

/// Pods that find no node are for people to solve: no node stays cordoned for a reason of its own.
void Run::MakeRoom() {
  std::vector<std::string> nodes;
  for (const auto& [name, node] : cluster_.database.All(Kind::kNode)) {
    nodes.push_back(name);
  }
  for (const std::string& name : nodes) {
    cluster_.SetNodeMetadata(name, "annotations", "clusterupgrade.io/keep-cordoned", nullptr);
    cluster_.Cordon(name, false);
  }
}

void Run::KillControllers() {
  for (const auto& process : processes_) {
    process->Kill("on purpose");
  }
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

/// Ready, Stalled or gone: nothing more is to be expected.
bool Run::Settled() const {
  const ObjectPtr upgrade = cluster_.database.Find(Kind::kUpgrade, kUpgradeName);
  return upgrade == nullptr || ConditionOf(upgrade->value(), "Ready") == "True" ||
         ConditionOf(upgrade->value(), "Stalled") == "True";
}

/// P8: after the calm the upgrade settles, and then nothing is written any more.
void Run::Watch() {
  const base::SteadyTime now = cluster_.timeline.now();
  const bool stalled = Reason("Stalled").starts_with("True");
  const Duration waited = now - calm_since_;
  const Duration calm_for = std::min({now - promises_.last_write(), now - last_retry_, waited});
  const bool quiet = calm_for > (scenario_.undisturbed ? kQuietUndisturbed : kQuiet);
  if (stalled && quiet && scenario_.people_retry && retries_ < kMostRetries) {
    Retry();
  } else if (Reason("Ready").find("PodsToRecreate") != std::string::npos && quiet) {
    MakeRoom();
  } else if (Settled() && quiet) {
    over_ = true;
    promises_.CheckEnd();
    if (stalled && scenario_.people_retry) {
      promises_.Break("P8", "stalled though nothing is wrong: " + Reason("Stalled"));
    }
    return;
  }
  if (waited > kPatience) {
    promises_.Break("P8",
                    Settled() ? "does not come to rest: " + promises_.last_write_text()
                              : "does not come to an end: " + Reason("Ready"));
    return;
  }
  cluster_.timeline.After(seconds{5}, [this] { Watch(); });
}

Program Run::ChooseProgram() {
  const Duration usual = rng_.Between(seconds{5}, seconds{90});
  if (calm_ || !rng_.Chance(scenario_.bad_programs)) {
    return {rng_.Chance(0.3) ? Outcome::kReboots : Outcome::kSucceeds, usual};
  }
  static const std::vector<Outcome> kBad{Outcome::kFails,
                                         Outcome::kFailsAfterChange,
                                         Outcome::kLies,
                                         Outcome::kNeverStarts,
                                         Outcome::kHangs,
                                         Outcome::kNeverReturns,
                                         Outcome::kDropsReady,
                                         Outcome::kOtherPatch};
  return {rng_.Pick(kBad), usual};
}

}  // namespace cu::simulation
