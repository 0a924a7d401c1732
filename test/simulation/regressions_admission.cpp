#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "regressions.hpp"
#include "tampering.hpp"

namespace cu::simulation {
namespace {

using std::chrono::seconds;
using Refused = ApiServer::Refused;

/// Two workers, and nobody who asks for a retry.
Scenario TwoWorkers() {
  Scenario scenario = PlainScenario(2);
  scenario.undisturbed = true;
  scenario.users_retry = false;
  return scenario;
}

/// A worker has failed for this reason, unchanged, was given back, and the message says so.
std::function<std::string(Run&, const RunResult&)> FailedUnchanged(std::string reason,
                                                                   std::string words) {
  return [reason = std::move(reason), words = std::move(words)](
             Run& run, const RunResult& result) -> std::string {
    const Json upgrade = UpgradeIn(run.cluster());
    const Json& failures = ValueAt(upgrade, {"status", "failures"});
    if (failures.size() != 1 || TextAt(failures[0], {"reason"}) != reason) {
      return "it did not fail for " + reason + " but: " + failures.dump();
    }
    if (TextAt(failures[0], {"message"}).find(words) == std::string::npos) {
      return "the message does not say \"" + words + "\": " + TextAt(failures[0], {"message"});
    }
    if (ValueAt(failures[0], {"nodeChanged"}) == true) {
      return "a node on which nothing has run counts as changed";
    }
    return NoCordonLeft(run, result);
  };
}

Case RejectedPod() {
  Scenario scenario = TwoWorkers();
  return {
      "a pod that the kubelet does not admit leaves its node cordoned, and nobody says why "
      "(system-upgrade-controller, OutOfcpu)",
      scenario,
      [](Run& run) { SetPrograms(run, Outcome::kRejected, seconds{5}); },
      "False",
      FailedUnchanged("JobNeverStarted", "OutOfcpu: Pod was rejected")};
}

Case MissingImage() {
  Scenario scenario = TwoWorkers();
  scenario.spec["executor"]["prePull"] = true;
  return {
      "a node is cordoned and drained for an image that does not exist "
      "(system-upgrade-controller, ErrImagePull)",
      scenario,
      [](Run& run) { SetPrograms(run, Outcome::kNeverStarts, seconds{5}); },
      "False",
      FailedUnchanged("ImageNotPulled", "ImagePullBackOff: no such image")};
}

Case RefusedPodOfJob() {
  return {
      "a Job is admitted, its pod is not, and its drained node waits for half an hour "
      "(system-upgrade-controller 149, clusterlint 180, kyverno 8815)",
      TwoWorkers(),
      [](Run& run) {
        OnceWorkerIsIn(run, "Draining", [&run] {
          run.cluster().server.Refuse(Refused::kJobPods, "exceeded quota: default");
        });
      },
      "False",
      FailedUnchanged("JobNeverStarted", "the API server rejects its pod: ")};
}

Case RefusedCordon() {
  return {"a policy that refuses the cordon is asked for ever",
          TwoWorkers(),
          [](Run& run) {
            OnceWorkerIsIn(run, "Cordoning", [&run] {
              run.cluster().server.Refuse(Refused::kCordons, "nodes are frozen");
            });
          },
          "False",
          FailedUnchanged("CordonRefused", "nodes are frozen")};
}

/// Nothing is touched while any of them is refused, and everything goes on by itself afterwards.
Case RefusedFromTheBeginning(Refused what, const char* finding) {
  Scenario scenario = PlainScenario(2);
  scenario.undisturbed = true;
  // The object comes after 30 s.
  scenario.refused[what] = seconds{50};
  const auto seen = std::make_shared<bool>(false);
  return {std::string("a node is drained for what the server refuses anyway: ") + finding,
          scenario,
          [seen, finding](Run& run) {
            run.cluster().timeline.After(seconds{45}, [&run, seen, finding] {
              const std::string upgrade = UpgradeIn(run.cluster()).dump();
              *seen = upgrade.find(finding) != std::string::npos &&
                      upgrade.find("a policy forbids it") != std::string::npos;
            });
          },
          "True Upgraded",
          [seen](Run& run, const RunResult& result) -> std::string {
            return *seen ? NoCordonLeft(run, result) : "the finding was not shown";
          }};
}

}  // namespace

std::vector<Case> AdmissionCases() {
  return {RejectedPod(),
          MissingImage(),
          RefusedPodOfJob(),
          RefusedCordon(),
          RefusedFromTheBeginning(Refused::kJobs, "JobRefused"),
          RefusedFromTheBeginning(Refused::kJobPods, "PodRefused"),
          RefusedFromTheBeginning(Refused::kCordons, "CordonRefused")};
}

}  // namespace cu::simulation
