#include "regressions.hpp"

#include <array>
#include <iterator>
#include <memory>
#include <utility>

#include "tampering.hpp"

namespace cu::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Calls `action` at this interval for so long.
void Repeat(Cluster& cluster,
            Duration interval,
            Duration total,
            const std::function<void()>& action) {
  for (Duration at{0}; at < total; at += interval) {
    cluster.timeline.After(at, action);
  }
}

std::string NoFurtherCheck(Run&, const RunResult&) {
  return {};
}

Case FailedRead() {
  Scenario scenario = PlainScenario(2);
  scenario.fixture = "volumes";
  scenario.undisturbed = true;
  return {
      "a drain ends with one failed read while it waits (kubectl, waitForDelete)",
      scenario,
      [](Run& run) {
        OnceWorkerIsIn(run, "Draining", [&run] {
          run.SetOutage(true);
          run.cluster().timeline.After(seconds{8}, [&run] { run.SetOutage(false); });
        });
      },
      "True Upgraded",
      [](Run& run, const RunResult& result) -> std::string {
        // The outage counts from the last answer.
        const auto gap = NumberAt(UpgradeIn(run.cluster()), {"status", "controlPlaneGapSeconds"});
        return gap < 3 || gap > 12 ? "an outage of 8 s is reported as " + std::to_string(gap)
                                   : NoCordonLeft(run, result);
      }};
}

Case HumanCordon() {
  Scenario scenario = PlainScenario(2);
  scenario.human_cordon = true;
  scenario.fixture = "unmanaged pods";
  scenario.undisturbed = true;
  return {"a node that a user had cordoned is uncordoned (system-upgrade-controller 341)",
          scenario,
          {},
          "True Upgraded",
          [](Run& run, const RunResult&) -> std::string {
            const ObjectPtr node = run.cluster().database.Find(Kind::kNode, "worker-1");
            return IsCordoned(node->value()) ? "" : "the cordon of worker-1 is gone";
          }};
}

Case DeletedPlan() {
  return {"a deleted plan leaves nodes cordoned (system-upgrade-controller 71)",
          HeldPod("held", 3600),
          [](Run& run) {
            OnceWorkerIsIn(run, "Draining", [&run] { run.cluster().DeleteUpgrade(kUpgradeName); });
          },
          "Deleted",
          NoCordonLeft};
}

Case FailedPlan() {
  Scenario scenario = HeldPod("held", 60);
  scenario.users_retry = false;
  return {
      "a failed drain leaves its node cordoned, or the node is upgraded anyway "
      "(system-upgrade-controller 71, bottlerocket-update-operator, container-linux-update-"
      "operator)",
      scenario,
      {},
      "False",
      [](Run& run, const RunResult& result) -> std::string {
        const ObjectPtr node = run.cluster().database.Find(Kind::kNode, "worker-1");
        return KubeletVersion(node->value()) != "v1.35.4" ? "worker-1 was upgraded"
                                                          : NoCordonLeft(run, result);
      }};
}

Case DeletedAfterFailure() {
  Scenario scenario = PlainScenario(1);
  scenario.undisturbed = true;
  scenario.users_retry = false;
  return {"a plan that is deleted after a failure leaves its annotations on the node",
          scenario,
          [](Run& run) {
            Cluster& cluster = run.cluster();
            SetPrograms(run, Outcome::kFails, seconds{5}, Outcome::kFails);
            const auto done = std::make_shared<bool>(false);
            cluster.database.Subscribe([&cluster, done](const Change& change) {
              const bool failed = change.kind == Kind::kUpgrade && !*done &&
                                  !ValueAt(UpgradeIn(cluster), {"status", "failures"}).empty();
              if (failed) {
                *done = true;
                cluster.timeline.After(seconds{5},
                                       [&cluster] { cluster.DeleteUpgrade(kUpgradeName); });
              }
            });
          },
          "Deleted",
          NoCordonLeft};
}

Case ForgottenStart() {
  Scenario scenario = HeldPod("held", 120);
  scenario.users_retry = false;
  const auto started = std::make_shared<base::SteadyTime>();
  const auto failed = std::make_shared<base::SteadyTime>();
  return {"the drain timeout starts again at every restart (machine-config-operator)",
          scenario,
          [started, failed](Run& run) {
            OnceWorkerIsIn(run, "Draining", [&run, started] {
              *started = run.cluster().timeline.now();
              Repeat(run.cluster(), seconds{30}, seconds{300}, [&run] { run.KillControllers(); });
            });
            Cluster& cluster = run.cluster();
            cluster.database.Subscribe([&cluster, failed](const Change& change) {
              if (*failed == base::SteadyTime{} && change.kind == Kind::kUpgrade &&
                  !ValueAt(UpgradeIn(cluster), {"status", "failures"}).empty()) {
                *failed = cluster.timeline.now();
              }
            });
          },
          "False",
          [started, failed](Run&, const RunResult&) -> std::string {
            const Duration took = *failed - *started;
            return took > seconds{110} && took < seconds{180}
                       ? ""
                       : "the drain timed out after " + std::to_string(took / seconds{1}) +
                             " s, not 120";
          }};
}

Case WrongUnit() {
  return {"a drain timeout in seconds is read as nanoseconds (system-upgrade-controller)",
          HeldPod("released", 600),
          {},
          "True Upgraded",
          NoCordonLeft};
}

Case HotRetry() {
  return {"a refused eviction is repeated without a pause (kured)",
          HeldPod("released", 600),
          {},
          "True Upgraded",
          [](Run&, const RunResult& result) -> std::string {
            const auto refused = result.drain_coverage.find("eviction: 429 budget");
            return refused == result.drain_coverage.end() || refused->second <= 20
                       ? ""
                       : std::to_string(refused->second) + " evictions were refused";
          }};
}

Case HotWrites() {
  Scenario scenario = PlainScenario(2);
  scenario.undisturbed = true;
  const auto before = std::make_shared<std::uint64_t>(0);
  const auto during_outage = std::make_shared<std::uint64_t>(0);
  return {"a status write that fails is repeated without a pause while reads succeed",
          scenario,
          [before, during_outage](Run& run) {
            OnceWorkerIsIn(run, "Upgrading", [&run, before, during_outage] {
              *before = run.network().writes;
              run.network().fault_rates.failed_status = 1;
              run.cluster().timeline.After(seconds{300}, [&run, before, during_outage] {
                *during_outage = run.network().writes - *before;
                run.network().fault_rates.failed_status = 0;
              });
            });
          },
          "True Upgraded",
          [during_outage](Run&, const RunResult&) -> std::string {
            return *during_outage > 0 && *during_outage <= 20
                       ? ""
                       : std::to_string(*during_outage) + " writes in 5 minutes";
          }};
}

Case ConcurrentWriters() {
  Scenario scenario = PlainScenario(2);
  scenario.undisturbed = true;
  return {"a cordon is lost to another writer of the Node (talos 1520)",
          scenario,
          [](Run& run) {
            Cluster& cluster = run.cluster();
            const auto count = std::make_shared<int>(0);
            Repeat(cluster, milliseconds{50}, seconds{240}, [&cluster, count] {
              cluster.SetNodeMetadata(
                  "worker-1", "annotations", "example.com/n", std::to_string(++*count));
            });
          },
          "True Upgraded",
          NoCordonLeft};
}

Case KilledBetweenWrites() {
  Scenario scenario = PlainScenario(2);
  scenario.undisturbed = true;
  scenario.fixture = "unmanaged pods";
  scenario.spec["drain"]["unmanagedPods"] = "Recreate";
  return {"a controller killed between two writes never finishes the second (rabbitmq 782)",
          scenario,
          [](Run& run) {
            OnceWorkerIsIn(run, "Draining", [&run] {
              Repeat(run.cluster(), seconds{7}, seconds{120}, [&run] { run.KillControllers(); });
            });
          },
          "True Upgraded",
          NoFurtherCheck};
}

Case WrongProgram() {
  Scenario scenario = PlainScenario(3);
  scenario.undisturbed = true;
  return {"a program that installs another patch takes one worker after the other out of service",
          scenario,
          [](Run& run) { SetPrograms(run, Outcome::kOtherPatch, seconds{30}); },
          "False TooManyFailed",
          [](Run& run, const RunResult&) -> std::string {
            int cordoned = 0;
            for (const auto& [name, node] : run.cluster().database.All(Kind::kNode)) {
              cordoned += IsCordoned(node->value()) ? 1 : 0;
            }
            return cordoned == 1 ? "" : std::to_string(cordoned) + " nodes are cordoned";
          }};
}

Case LostMajority() {
  Scenario scenario = PlainScenario(1);
  scenario.control_planes = 3;
  scenario.undisturbed = true;
  scenario.to = "v1.35.9";
  scenario.spec["version"] = scenario.to;
  scenario.spec["paused"] = true;
  return {"etcd loses its quorum: a control-plane node is drained while an excluded one is down",
          scenario,
          [](Run& run) {
            Cluster& cluster = run.cluster();
            cluster.timeline.After(seconds{1}, [&cluster] {
              cluster.SetNodeMetadata("master-3", "labels", "clusterupgrade.io/exclude", "true");
              cluster.kubelets.Reboot("master-3", std::chrono::hours{24});
            });
            cluster.timeline.After(seconds{120}, [&cluster] {
              cluster.EditUpgrade(kUpgradeName,
                                  [](Json& upgrade) { upgrade["spec"]["paused"] = false; });
            });
          },
          "False NodesUnhealthy",
          NoCordonLeft};
}

/// The version is changed and changed back, each time once the upgrade is complete.
Case OldJobs() {
  Scenario scenario = PlainScenario(2);
  scenario.spec["preflight"]["ignore"] = {"SuffixDiffers"};
  scenario.undisturbed = true;
  const auto asked = std::make_shared<int>(0);
  const auto failed = std::make_shared<bool>(false);
  return {
      "a version that comes back within the hour takes its old finished Jobs for those of the new "
      "upgrade",
      scenario,
      [asked, failed](Run& run) {
        Cluster& cluster = run.cluster();
        cluster.database.Subscribe([&cluster, asked, failed](const Change& change) {
          if (change.kind != Kind::kUpgrade || change.after == nullptr) {
            return;
          }
          const Json& upgrade = change.after->value();
          for (const Json& entry : ValueAt(upgrade, {"status", "inProgress"})) {
            *failed = *failed || entry.contains("retryTime");
          }
          const std::string to = TextAt(upgrade, {"spec", "version"});
          if (ConditionOf(upgrade, "Ready") != "True" || *asked == 2 ||
              NumberAt(upgrade, {"status", "observedGeneration"}) !=
                  NumberAt(upgrade, {"metadata", "generation"})) {
            return;
          }
          const std::string next = ++*asked == 1 ? to + "+b" : to.substr(0, to.find('+'));
          cluster.timeline.After(milliseconds{1}, [&cluster, next] {
            cluster.EditUpgrade(kUpgradeName,
                                [&](Json& edited) { edited["spec"]["version"] = next; });
          });
        });
      },
      "True Upgraded",
      [asked, failed](Run& run, const RunResult& result) -> std::string {
        return *asked != 2 ? "the version was changed " + std::to_string(*asked) + " times"
               : *failed   ? "an attempt failed though every program ends well"
                           : NoCordonLeft(run, result);
      }};
}

/// The DaemonSet is deleted during the upgrade of a node: its pods will not come back.
Case LostDaemonSet() {
  Scenario scenario = PlainScenario(2);
  scenario.undisturbed = true;
  return {"a node waits for ever for the pods of a DaemonSet that was removed during its upgrade",
          scenario,
          [](Run& run) {
            OnceWorkerIsIn(run, "Upgrading", [&run] {
              run.cluster().workloads.RemoveDaemonSet("kube-system", "proxy");
            });
          },
          "True Upgraded",
          NoCordonLeft};
}

}  // namespace

void SetPrograms(Run& run, Outcome of_workers, Duration after, Outcome of_control_plane) {
  run.cluster().timeline.After(seconds{1}, [&run, of_workers, after, of_control_plane] {
    run.cluster().kubelets.set_programs([=](const std::string& node, int) {
      return Program{node.starts_with("worker") ? of_workers : of_control_plane, after};
    });
  });
}

void OnceWorkerIsIn(Run& run, const char* step, const std::function<void()>& action) {
  Cluster& cluster = run.cluster();
  const auto done = std::make_shared<bool>(false);
  cluster.database.Subscribe([&cluster, step, action, done](const Change& change) {
    if (!*done && change.kind == Kind::kUpgrade && !InProgress(cluster, "worker", step).empty()) {
      *done = true;
      cluster.timeline.After(milliseconds{1}, action);
    }
  });
}

std::string NoCordonLeft(Run& run, const RunResult&) {
  for (const auto& [name, node] : run.cluster().database.All(Kind::kNode)) {
    if (IsCordoned(node->value())) {
      return name + " is still cordoned";
    }
  }
  return {};
}

Scenario HeldPod(const char* fixture, int timeout) {
  Scenario scenario = PlainScenario(1);
  scenario.undisturbed = true;
  scenario.fixture = fixture;
  scenario.spec["drain"]["timeoutSeconds"] = timeout;
  return scenario;
}

std::vector<Case> RegressionCases() {
  std::vector<Case> cases = CasesOfAnswers();
  const std::vector<Case> others{FailedRead(),
                                 HumanCordon(),
                                 DeletedPlan(),
                                 FailedPlan(),
                                 DeletedAfterFailure(),
                                 ForgottenStart(),
                                 WrongUnit(),
                                 HotRetry(),
                                 HotWrites(),
                                 ConcurrentWriters(),
                                 KilledBetweenWrites(),
                                 WrongProgram(),
                                 LostMajority(),
                                 OldJobs(),
                                 LostDaemonSet()};
  cases.insert(cases.begin(), others.begin(), others.end());
  for (std::vector<Case>& more : std::array{AdmissionCases(),
                                            CasesOfTaints(),
                                            CasesOfNodes(),
                                            CasesOfSavedPods(),
                                            CasesOfTokens()}) {
    std::move(more.begin(), more.end(), std::back_inserter(cases));
  }
  return cases;
}

}  // namespace cu::simulation
