#include "museum.hpp"

#include <memory>
#include <utility>

#include "tampering.hpp"

namespace cu::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Once, as soon as a worker is in this step.
void WhenWorker(Run& run, const char* step, const std::function<void()>& act) {
  Cluster& cluster = run.cluster();
  const auto done = std::make_shared<bool>(false);
  cluster.database.Subscribe([&cluster, step, act, done](const Change& change) {
    if (!*done && change.kind == Kind::kUpgrade && !InWork(cluster, "worker", step).empty()) {
      *done = true;
      cluster.timeline.After(milliseconds{1}, act);
    }
  });
}

/// Again and again until `span` is over.
void Repeat(Cluster& cluster, Duration every, Duration span, const std::function<void()>& act) {
  for (Duration at{0}; at < span; at += every) {
    cluster.timeline.After(at, act);
  }
}

std::string NoCordonLeft(Run& run, const RunResult&) {
  for (const auto& [name, node] : run.cluster().database.All(Kind::kNode)) {
    if (IsCordoned(node->value())) {
      return name + " is still cordoned";
    }
  }
  return {};
}

std::string NothingMore(Run&, const RunResult&) {
  return {};
}

/// One worker whose pod may not go, and a time to wait for it.
Scenario Held(const char* stage, int timeout) {
  Scenario scenario = PlainScenario(1);
  scenario.undisturbed = true;
  scenario.stage = stage;
  scenario.spec["drain"]["timeoutSeconds"] = timeout;
  return scenario;
}

Exhibit FailedRead() {
  Scenario scenario = PlainScenario(2);
  scenario.stage = "volumes";
  scenario.undisturbed = true;
  return {
      "a drain ends with one failed read while it waits (kubectl, waitForDelete)",
      scenario,
      [](Run& run) {
        WhenWorker(run, "Draining", [&run] {
          run.network().outage = true;
          run.cluster().timeline.After(seconds{8}, [&run] { run.network().outage = false; });
        });
      },
      "True Upgraded",
      [](Run& run, const RunResult& result) -> std::string {
        const auto gap = NumberAt(UpgradeIn(run.cluster()), {"status", "controlPlaneGapSeconds"});
        return gap < 5 || gap > 12 ? "an outage of 8 s is reported as " + std::to_string(gap)
                                   : NoCordonLeft(run, result);
      }};
}

Exhibit HumanCordon() {
  Scenario scenario = PlainScenario(2);
  scenario.human_cordon = true;
  scenario.stage = "lone pods";
  scenario.undisturbed = true;
  return {"a node that a person had cordoned is uncordoned (system-upgrade-controller 341)",
          scenario,
          {},
          "True Upgraded",
          [](Run& run, const RunResult&) -> std::string {
            const ObjectPtr node = run.cluster().database.Find(Kind::kNode, "worker-1");
            return IsCordoned(node->value()) ? "" : "the cordon of worker-1 is gone";
          }};
}

Exhibit DeletedPlan() {
  return {"a deleted plan leaves nodes cordoned (system-upgrade-controller 71)",
          Held("held", 3600),
          [](Run& run) {
            WhenWorker(run, "Draining", [&run] { run.cluster().DeleteUpgrade(kUpgradeName); });
          },
          "Deleted",
          NoCordonLeft};
}

Exhibit FailedPlan() {
  Scenario scenario = Held("held", 60);
  scenario.people_retry = false;
  return {
      "a failed drain leaves its node cordoned, or is followed by the upgrade all the same "
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

Exhibit DeletedAfterFailure() {
  Scenario scenario = PlainScenario(1);
  scenario.undisturbed = true;
  scenario.people_retry = false;
  return {"a plan that is deleted after a failure leaves its marks on the node",
          scenario,
          [](Run& run) {
            Cluster& cluster = run.cluster();
            cluster.timeline.After(seconds{1}, [&cluster] {
              cluster.kubelets.set_programs([](const std::string&, int) {
                return Program{Outcome::kFails, seconds{5}};
              });
            });
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

Exhibit ForgottenStart() {
  Scenario scenario = Held("held", 120);
  scenario.people_retry = false;
  const auto begun = std::make_shared<base::SteadyTime>();
  const auto failed = std::make_shared<base::SteadyTime>();
  return {"the drain's time begins anew with every restart (machine-config-operator)",
          scenario,
          [begun, failed](Run& run) {
            WhenWorker(run, "Draining", [&run, begun] {
              *begun = run.cluster().timeline.now();
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
          [begun, failed](Run&, const RunResult&) -> std::string {
            const Duration took = *failed - *begun;
            return took > seconds{110} && took < seconds{180}
                       ? ""
                       : "the drain's time was over after " + std::to_string(took / seconds{1}) +
                             " s, not 120";
          }};
}

Exhibit WrongUnit() {
  return {"a drain's time in seconds is read as nanoseconds (system-upgrade-controller)",
          Held("released", 600),
          {},
          "True Upgraded",
          NoCordonLeft};
}

Exhibit HotRetry() {
  return {"a refused eviction is repeated without a pause (kured)",
          Held("released", 600),
          {},
          "True Upgraded",
          [](Run&, const RunResult& result) -> std::string {
            const auto refused = result.answers.find("eviction: 429 budget");
            return refused == result.answers.end() || refused->second <= 20
                       ? ""
                       : std::to_string(refused->second) + " evictions were refused";
          }};
}

Exhibit HotWrites() {
  Scenario scenario = PlainScenario(2);
  scenario.undisturbed = true;
  const auto before = std::make_shared<std::uint64_t>(0);
  const auto meanwhile = std::make_shared<std::uint64_t>(0);
  return {"a status write that fails is repeated without a pause while reads succeed",
          scenario,
          [before, meanwhile](Run& run) {
            WhenWorker(run, "Upgrading", [&run, before, meanwhile] {
              *before = run.network().writes;
              run.network().faults.failed_status = 1;
              run.cluster().timeline.After(seconds{300}, [&run, before, meanwhile] {
                *meanwhile = run.network().writes - *before;
                run.network().faults.failed_status = 0;
              });
            });
          },
          "True Upgraded",
          [meanwhile](Run&, const RunResult&) -> std::string {
            return *meanwhile > 0 && *meanwhile <= 20
                       ? ""
                       : std::to_string(*meanwhile) + " writes in 5 minutes";
          }};
}

Exhibit RacingWriters() {
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

Exhibit LostInTheMiddle() {
  Scenario scenario = PlainScenario(2);
  scenario.undisturbed = true;
  scenario.stage = "lone pods";
  scenario.spec["drain"]["unmanagedPods"] = "Recreate";
  return {"a controller killed between two writes never finishes the second (rabbitmq 782)",
          scenario,
          [](Run& run) {
            WhenWorker(run, "Draining", [&run] {
              Repeat(run.cluster(), seconds{7}, seconds{120}, [&run] { run.KillControllers(); });
            });
          },
          "True Upgraded",
          NothingMore};
}

Exhibit WrongProgram() {
  Scenario scenario = PlainScenario(3);
  scenario.undisturbed = true;
  return {"a program that installs another patch takes one worker after the other out of service",
          scenario,
          [](Run& run) {
            Kubelets& kubelets = run.cluster().kubelets;
            run.cluster().timeline.After(seconds{1}, [&kubelets] {
              kubelets.set_programs([](const std::string& node, int) {
                return Program{
                    node.starts_with("worker") ? Outcome::kOtherPatch : Outcome::kSucceeds,
                    seconds{30}};
              });
            });
          },
          "False TooManyFailed",
          [](Run& run, const RunResult&) -> std::string {
            int cordoned = 0;
            for (const auto& [name, node] : run.cluster().database.All(Kind::kNode)) {
              cordoned += IsCordoned(node->value()) ? 1 : 0;
            }
            return cordoned == 1 ? "" : std::to_string(cordoned) + " nodes are cordoned";
          }};
}

Exhibit LostMajority() {
  Scenario scenario = PlainScenario(1);
  scenario.control_planes = 3;
  scenario.undisturbed = true;
  scenario.to = "v1.35.9";
  scenario.spec["version"] = scenario.to;
  scenario.spec["paused"] = true;
  return {"etcd loses its majority: a control-plane node goes while an excluded one is down",
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

/// Asked for once more each time that everything is done.
Exhibit OldJobs() {
  Scenario scenario = PlainScenario(2);
  scenario.undisturbed = true;
  const auto asked = std::make_shared<int>(0);
  const auto failed = std::make_shared<bool>(false);
  return {"a version that comes back within the hour takes its finished Jobs for new ones",
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

/// An add-on that goes while a node is at work: its pods will not come back.
Exhibit LostDaemonSet() {
  Scenario scenario = PlainScenario(2);
  scenario.undisturbed = true;
  return {"a node is held for ever by the pods of a DaemonSet that was removed meanwhile",
          scenario,
          [](Run& run) {
            WhenWorker(run, "Upgrading", [&run] {
              run.cluster().workloads.RemoveDaemonSet("kube-system", "proxy");
            });
          },
          "True Upgraded",
          NoCordonLeft};
}

}  // namespace

std::vector<Exhibit> Museum() {
  return {FailedRead(),
          HumanCordon(),
          DeletedPlan(),
          FailedPlan(),
          DeletedAfterFailure(),
          ForgottenStart(),
          WrongUnit(),
          HotRetry(),
          HotWrites(),
          RacingWriters(),
          LostInTheMiddle(),
          WrongProgram(),
          LostMajority(),
          OldJobs(),
          LostDaemonSet()};
}

}  // namespace cu::simulation
