#include <algorithm>
#include <memory>
#include <utility>

#include "regressions.hpp"
#include "tampering.hpp"

namespace cu::simulation {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// The provider deletes a drained machine first and brings the new one minutes later.
Case DeletedMachines() {
  Scenario scenario = PlainScenario(4);
  scenario.undisturbed = true;
  scenario.spec["executor"]["type"] = "External";
  scenario.spec["executor"].erase("job");
  scenario.replaced_machines = true;
  const auto fewest = std::make_shared<std::size_t>(100);
  return {"a machine that is deleted to be replaced frees its place, and the next one goes with it",
          scenario,
          [fewest](Run& run) {
            Cluster& cluster = run.cluster();
            cluster.database.Subscribe([&cluster, fewest](const Change& change) {
              if (change.kind == Kind::kNode && change.after == nullptr) {
                *fewest = std::min(*fewest, cluster.database.Keys(Kind::kNode).size());
              }
            });
          },
          "True Upgraded",
          [fewest](Run& run, const RunResult& result) -> std::string {
            return *fewest < 4 ? "only " + std::to_string(*fewest) + " of 5 nodes were left"
                               : NoCordonLeft(run, result);
          }};
}

/// Its Ready condition stays True for 40 s, longer than the soak.
Case DyingKubelet() {
  Scenario scenario = PlainScenario(3);
  scenario.undisturbed = true;
  return {"a kubelet that dies right after it reported its new version is taken for healthy",
          scenario,
          [](Run& run) { SetPrograms(run, Outcome::kDiesAfterwards, seconds{30}); },
          "False TooManyFailed",
          [](Run& run, const RunResult&) -> std::string {
            int changed = 0;
            for (const auto& [name, node] : run.cluster().database.All(Kind::kNode)) {
              changed += name.starts_with("worker") && KubeletVersion(node->value()) == "v1.36.3";
            }
            return changed == 1 ? "" : std::to_string(changed) + " workers were changed";
          }};
}

/// As AKS adds one; and a node of Windows, on which no Job of linux can run.
Case OddNodes() {
  Scenario scenario = PlainScenario(2);
  scenario.undisturbed = true;
  scenario.odd_nodes = true;
  return {"a virtual node or one of Windows stops the upgrade, or is taken for one of linux",
          scenario,
          {},
          "True Upgraded",
          [](Run& run, const RunResult& result) -> std::string {
            const auto skipped = NumberAt(UpgradeIn(run.cluster()), {"status", "nodes", "skipped"});
            return skipped == 2 ? NoCordonLeft(run, result)
                                : std::to_string(skipped) + " nodes were left alone";
          }};
}

/// The API server's pod on the first upgraded node does not become Ready again.
Case CrashingApiServer() {
  Scenario scenario = PlainScenario(1);
  scenario.control_planes = 3;
  scenario.undisturbed = true;
  return {"the next control-plane node is taken while the API server of the last one crash-loops",
          scenario,
          [](Run& run) {
            Cluster& cluster = run.cluster();
            SetPrograms(run, Outcome::kSucceeds, seconds{30});
            cluster.database.Subscribe([&cluster](const Change& change) {
              if (change.kind == Kind::kNode && change.key == "master-1" && change.before &&
                  change.after &&
                  KubeletVersion(change.after->value()) != KubeletVersion(change.before->value())) {
                cluster.timeline.After(milliseconds{1}, [&cluster] {
                  cluster.database.Edit(
                      Kind::kPod, "kube-system/kube-apiserver-master-1", "kubelet", [&](Json& pod) {
                        SetCondition(pod, "Ready", "False", "", cluster.timeline.wall());
                      });
                });
              }
            });
          },
          "False ControlPlaneNodeFailed",
          [](Run& run, const RunResult&) -> std::string {
            const ObjectPtr next = run.cluster().database.Find(Kind::kNode, "master-2");
            return KubeletVersion(next->value()) == "v1.35.4" ? "" : "master-2 was upgraded";
          }};
}

/// Workers would come to be newer than the API server.
Case LeftComponents() {
  Scenario scenario = PlainScenario(1);
  scenario.control_planes = 1;
  scenario.components = true;
  scenario.undisturbed = true;
  return {"a program that leaves the static pods of a control-plane node as they were",
          scenario,
          [](Run& run) {
            SetPrograms(run, Outcome::kSucceeds, seconds{30}, Outcome::kLeavesComponents);
          },
          "False ControlPlaneNodeFailed",
          [](Run& run, const RunResult&) -> std::string {
            const ObjectPtr worker = run.cluster().database.Find(Kind::kNode, "worker-1");
            return KubeletVersion(worker->value()) == "v1.35.4" ? "" : "worker-1 was upgraded";
          }};
}

}  // namespace

std::vector<Case> CasesOfNodes() {
  return {DeletedMachines(), DyingKubelet(), OddNodes(), CrashingApiServer(), LeftComponents()};
}

}  // namespace cu::simulation
