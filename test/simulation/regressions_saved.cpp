#include <memory>
#include <utility>

#include "api/labels.hpp"
#include "regressions.hpp"
#include "tampering.hpp"

namespace cu::simulation {
namespace {

/// As somebody writes it who may create PodTemplates in a namespace, and knows the controller.
Json ForgedTemplate(const Json& upgrade) {
  const Json pod{{"metadata", {{"labels", {{"app", "root"}}}}},
                 {"spec",
                  {{"serviceAccountName", "admin"},
                   {"containers", Json::array({{{"name", "main"}, {"image", "forged"}}})}}}};
  return {{"apiVersion", "v1"},
          {"kind", "PodTemplate"},
          {"metadata",
           {{"name", "cu-root-0123456789ab"},
            {"namespace", "tenant"},
            {"labels", {{api::kSavedPod, "true"}}},
            {"annotations",
             {{api::kJobUpgrade, NameOf(upgrade)},
              {api::kJobUpgradeUid, UidOf(upgrade)},
              {api::kSavedPodName, "root"},
              {api::kSavedPodUid, "0a1b2c3d-0000-4000-8000-ffffffffffff"},
              {api::kSavedPodNode, "worker-1"},
              {api::kSavedPodManifest, pod.dump()}}}}},
          {"template", pod}};
}

Case Forged() {
  Scenario scenario = PlainScenario(2);
  scenario.undisturbed = true;
  scenario.fixture = "unmanaged pods";
  scenario.spec["drain"]["unmanagedPods"] = "Recreate";
  const auto warned = std::make_shared<bool>(false);
  return {"a forged PodTemplate becomes a pod with the rights of the controller",
          scenario,
          [warned](Run& run) {
            OnceWorkerIsIn(run, "Cordoning", [&run] {
              Cluster& cluster = run.cluster();
              cluster.database.Put(Kind::kPodTemplate, ForgedTemplate(UpgradeIn(cluster)), "human");
            });
            run.cluster().database.Subscribe([warned](const Change& change) {
              *warned =
                  *warned || (change.kind == Kind::kUpgrade && change.after != nullptr &&
                              change.after->text().find("ForeignPodTemplate") != std::string::npos);
            });
          },
          "True Upgraded",
          [warned](Run& run, const RunResult& result) -> std::string {
            const Database& database = run.cluster().database;
            if (database.Find(Kind::kPod, "tenant/root") != nullptr) {
              return "the forged pod runs";
            }
            if (database.Find(Kind::kPodTemplate, "tenant/cu-root-0123456789ab") == nullptr) {
              return "a PodTemplate of somebody else was deleted";
            }
            return *warned ? NoCordonLeft(run, result) : "nobody was warned";
          }};
}

}  // namespace

std::vector<Case> CasesOfSavedPods() {
  return {Forged()};
}

}  // namespace cu::simulation
