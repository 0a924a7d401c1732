#include <algorithm>
#include <memory>
#include <utility>

#include "api/labels.hpp"
#include "regressions.hpp"
#include "tampering.hpp"

namespace cu::simulation {
namespace {

using std::chrono::seconds;

Json OutdatedTaint(const std::string& value, const std::string& effect) {
  return {{"key", api::kOutdated}, {"value", value}, {"effect", effect}};
}

/// The first node that carries a taint of the key, or "".
std::string TaintedNode(const Cluster& cluster) {
  for (const auto& [name, node] : cluster.database.All(Kind::kNode)) {
    for (const Json& taint : ValueAt(node->value(), {"spec", "taints"})) {
      if (TextAt(taint, {"key"}) == api::kOutdated) {
        return name;
      }
    }
  }
  return {};
}

std::string NoTaintLeft(Run& run, const RunResult& result) {
  const std::string node = TaintedNode(run.cluster());
  return node.empty() ? NoCordonLeft(run, result) : node + " is still tainted";
}

/// Workers with many pods, and nobody who disturbs.
Scenario ManyPods(int workers) {
  Scenario scenario = PlainScenario(workers);
  scenario.undisturbed = true;
  scenario.fixture = "many pods";
  return scenario;
}

/// Counts the evictions that were accepted.
std::shared_ptr<int> CountEvictions(Run& run) {
  const auto evictions = std::make_shared<int>(0);
  run.cluster().database.Subscribe([evictions](const Change& change) {
    const bool deleted = change.kind == Kind::kPod && change.before != nullptr &&
                         change.after != nullptr && IsDeleting(change.after->value()) &&
                         !IsDeleting(change.before->value());
    *evictions += deleted ? 1 : 0;
  });
  return evictions;
}

Case DisturbedOnce() {
  const auto evictions = std::make_shared<std::shared_ptr<int>>();
  return {"pods are evicted again and again, from one outdated node to the next",
          ManyPods(8),
          [evictions](Run& run) { *evictions = CountEvictions(run); },
          "True Upgraded",
          [evictions](Run& run, const RunResult& result) -> std::string {
            // 40 pods: those of the first node that is drained may land on outdated nodes.
            return **evictions > 46 ? std::to_string(**evictions) + " evictions of 40 pods"
                                    : NoTaintLeft(run, result);
          }};
}

Case DeletedWhileAway() {
  return {"an object that is deleted while no controller runs leaves its taints",
          ManyPods(4),
          [](Run& run) {
            OnceWorkerIsIn(run, "Upgrading", [&run] {
              Cluster& cluster = run.cluster();
              run.network().outage = true;
              run.KillControllers();
              // By hand, as somebody who does not want to wait.
              cluster.EditUpgrade(kUpgradeName,
                                  [](Json& u) { u["metadata"]["finalizers"] = Json::array(); });
              cluster.DeleteUpgrade(kUpgradeName);
              cluster.timeline.After(seconds{30}, [&run] { run.network().outage = false; });
            });
          },
          "Deleted",
          NoTaintLeft};
}

Case UsersTaint() {
  const auto theirs = std::make_shared<Json>(Json::array(
      {{{"key", "team"}, {"effect", "PreferNoSchedule"}}, OutdatedTaint("", "PreferNoSchedule")}));
  return {"a taint of the same key that a user has put there is removed",
          ManyPods(4),
          [theirs](Run& run) {
            Cluster& cluster = run.cluster();
            cluster.timeline.After(seconds{20}, [&cluster, theirs] {
              for (const Json& taint : *theirs) {
                cluster.Taint("worker-3", taint, true);
              }
            });
          },
          "True Upgraded",
          [theirs](Run& run, const RunResult&) -> std::string {
            const ObjectPtr node = run.cluster().database.Find(Kind::kNode, "worker-3");
            return ValueAt(node->value(), {"spec", "taints"}) == *theirs
                       ? ""
                       : "worker-3 has other taints";
          }};
}

/// As a tool that owns the list of taints would.
Case TakenAway() {
  const auto put = std::make_shared<int>(0);
  return {"the controller and another one fight over a taint",
          ManyPods(4),
          [put](Run& run) {
            Cluster& cluster = run.cluster();
            cluster.database.Subscribe([&cluster, put](const Change& change) {
              if (change.kind != Kind::kNode || change.after == nullptr ||
                  change.key != "worker-4" || TaintedNode(cluster).empty()) {
                return;
              }
              for (const Json& taint : ValueAt(change.after->value(), {"spec", "taints"})) {
                if (TextAt(taint, {"key"}) == api::kOutdated) {
                  ++*put;
                  cluster.timeline.After(
                      seconds{1}, [&cluster, taint] { cluster.Taint("worker-4", taint, false); });
                }
              }
            });
          },
          "True Upgraded",
          [put](Run& run, const RunResult& result) -> std::string {
            return *put == 1 ? NoTaintLeft(run, result)
                             : "it was put there " + std::to_string(*put) + " times";
          }};
}

Case KilledWhileTainting() {
  return {"a controller that dies between two taints leaves one behind",
          ManyPods(6),
          [](Run& run) {
            const auto kills = std::make_shared<int>(0);
            run.cluster().database.Subscribe([&run, kills](const Change& change) {
              if (change.kind == Kind::kNode && change.actor.find('/') != std::string::npos &&
                  *kills < 8) {
                ++*kills;
                run.cluster().timeline.After(Duration{1}, [&run] { run.KillControllers(); });
              }
            });
          },
          "True Upgraded",
          NoTaintLeft};
}

}  // namespace

std::vector<Case> CasesOfTaints() {
  return {DisturbedOnce(), DeletedWhileAway(), UsersTaint(), TakenAway(), KilledWhileTainting()};
}

}  // namespace cu::simulation
