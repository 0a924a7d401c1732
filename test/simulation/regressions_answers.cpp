#include <memory>
#include <utility>

#include "api/labels.hpp"
#include "regressions.hpp"
#include "tampering.hpp"

namespace cu::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Of the first change after which `holds`; the epoch before.
std::shared_ptr<base::SteadyTime> WhenFirst(Run& run,
                                            const std::function<bool(const Change&)>& holds) {
  const auto when = std::make_shared<base::SteadyTime>();
  Cluster& cluster = run.cluster();
  cluster.database.Subscribe([&cluster, when, holds](const Change& change) {
    if (*when == base::SteadyTime{} && holds(change)) {
      *when = cluster.timeline.now();
    }
  });
  return when;
}

struct Times {
  std::shared_ptr<base::SteadyTime> from = std::make_shared<base::SteadyTime>();
  std::shared_ptr<base::SteadyTime> to = std::make_shared<base::SteadyTime>();
  std::string LongerThan(Duration most) const {
    const Duration took = *to - *from;
    return *from != base::SteadyTime{} && took >= Duration{0} && took <= most
               ? ""
               : "took " + std::to_string(took / milliseconds{1}) + " ms";
  }
};

Scenario Denied(int code, int wait) {
  Scenario scenario = PlainScenario(2);
  scenario.undisturbed = true;
  scenario.fixture = "two nodes";
  scenario.spec["pools"] = Json::array({{{"name", "workers"}, {"maxUnavailable", 2}}});
  scenario.webhook = EvictionWebhook{"shard", code, seconds{wait}, "it is being moved", ""};
  scenario.webhook_denies = seconds{600};
  return scenario;
}

Case PatientWebhook(int code) {
  const auto times = std::make_shared<Times>();
  return {"a webhook that denies one eviction with " + std::to_string(code) +
              " and Retry-After stops the work on other nodes",
          Denied(code, 60),
          [times](Run& run) {
            OnceWorkerIsIn(
                run, "Draining", [&run, times] { *times->from = run.cluster().timeline.now(); });
            times->to = WhenFirst(run, [](const Change& change) {
              return change.kind == Kind::kJob && change.after != nullptr &&
                     AnnotationOf(change.after->value(), api::kJobNode) == "worker-2";
            });
          },
          "True Upgraded",
          [times](Run&, const RunResult&) { return times->LongerThan(seconds{8}); }};
}

Case DeletedWhileDenied() {
  const auto times = std::make_shared<Times>();
  return {"an upgrade that is deleted while a webhook denies an eviction waits for the webhook",
          Denied(429, 45),
          [times](Run& run) {
            OnceWorkerIsIn(run, "Draining", [&run, times] {
              run.cluster().timeline.After(seconds{1}, [&run, times] {
                *times->from = run.cluster().timeline.now();
                run.cluster().DeleteUpgrade(kUpgradeName);
              });
            });
            times->to = WhenFirst(run, [times](const Change& change) {
              return *times->from != base::SteadyTime{} && change.key == "worker-1" &&
                     change.kind == Kind::kNode && !IsCordoned(change.after->value());
            });
          },
          "Deleted",
          [times](Run&, const RunResult&) { return times->LongerThan(seconds{1}); }};
}

/// What held the drain goes away 45 s after it began.
Case CuredDrain(const char* name, const std::function<void(Cluster&)>& cure) {
  const auto times = std::make_shared<Times>();
  return {name,
          HeldPod("held", 3600),
          [times, cure](Run& run) {
            OnceWorkerIsIn(run, "Draining", [&run, times, cure] {
              run.cluster().timeline.After(seconds{45}, [&run, times, cure] {
                *times->from = run.cluster().timeline.now();
                cure(run.cluster());
              });
            });
            times->to = WhenFirst(run, [](const Change& change) {
              return change.kind == Kind::kPod && change.key == "team/held" &&
                     (change.after == nullptr || IsDeleting(change.after->value()));
            });
          },
          "True Upgraded",
          [times](Run&, const RunResult&) { return times->LongerThan(milliseconds{100}); }};
}

Case DeletedBudget() {
  return CuredDrain(
      "a budget that was deleted is waited for until the back-off is over",
      [](Cluster& cluster) { cluster.database.Remove(Kind::kBudget, "team/alone", "human"); });
}

Case OtherLabels() {
  return CuredDrain(
      "a pod that its budget selects no more is waited for until the back-off is over",
      [](Cluster& cluster) {
        Json pod = cluster.database.Find(Kind::kPod, "team/held")->value();
        pod["metadata"]["labels"]["app"] = "replica";
        cluster.database.Put(Kind::kPod, std::move(pod), "human");
      });
}

/// Deadlines count from what the server has written down.
Case WrongClock(Duration error) {
  Scenario scenario = PlainScenario(2);
  scenario.undisturbed = true;
  scenario.spec["executor"]["timeoutSeconds"] = 300;
  const auto failed = std::make_shared<bool>(false);
  return {"a leader whose clock is set by " + std::to_string(error / std::chrono::minutes{1}) +
              " minutes during a Job takes it for overdue, or for young for ever",
          scenario,
          [error, failed](Run& run) {
            OnceWorkerIsIn(run, "Upgrading", [&run, error] { run.SetClockError(error); });
            run.cluster().database.Subscribe([failed](const Change& change) {
              *failed =
                  *failed || (change.kind == Kind::kUpgrade && change.after != nullptr &&
                              !ValueAt(change.after->value(), {"status", "failures"}).empty());
            });
          },
          "True Upgraded",
          [failed](Run&, const RunResult&) -> std::string {
            return *failed ? "a node has failed" : "";
          }};
}

/// The Lease, too, has lower versions then.
Case Restored() {
  Scenario scenario = PlainScenario(2);
  scenario.undisturbed = true;
  const auto times = std::make_shared<Times>();
  return {"a restore of etcd from a backup stops the controller until it is restarted",
          scenario,
          [times](Run& run) {
            OnceWorkerIsIn(run, "Upgrading", [&run, times] {
              run.Restore(seconds{20});
              *times->from = run.cluster().timeline.now() + seconds{20};
            });
            times->to = WhenFirst(run, [&run, times](const Change& change) {
              return *times->from != base::SteadyTime{} && change.kind == Kind::kUpgrade &&
                     run.cluster().timeline.now() > *times->from;
            });
          },
          "True Upgraded",
          [times](Run&, const RunResult&) { return times->LongerThan(seconds{30}); }};
}

/// Pods that come back to the drained node, by toleration and by nodeName.
Case ComingBack() {
  Scenario scenario = PlainScenario(2);
  scenario.fixture = "returning";
  scenario.undisturbed = true;
  return {"a pod that tolerates the cordon is evicted without end (cilium 28549)",
          scenario,
          {},
          "True Upgraded",
          NoCordonLeft};
}

}  // namespace

std::vector<Case> CasesOfAnswers() {
  return {PatientWebhook(429),
          PatientWebhook(503),
          DeletedWhileDenied(),
          DeletedBudget(),
          OtherLabels(),
          WrongClock(std::chrono::minutes{31}),
          WrongClock(std::chrono::minutes{-31}),
          Restored(),
          ComingBack()};
}

}  // namespace cu::simulation
