#include <string>

#include "scenario.hpp"

namespace cu::simulation {

void PopulateApplications(Cluster& cluster, const Scenario& scenario) {
  if (!scenario.fixture.empty()) {
    Workload web{"Deployment", "shop", "web", 2, 5, false, ""};
    web.start_seconds = 240;
    web.spread = true;
    cluster.workloads.Add(web);
    return;
  }
  Rng rng(scenario.seed ^ 0xA992U);
  for (int i = rng.Number(1, 3); i > 0; --i) {
    const std::string kind = rng.Chance(0.6)   ? "Deployment"
                             : rng.Chance(0.6) ? "StatefulSet"
                                               : "ReplicaSet";
    Workload application{
        kind, "shop", "app-" + std::to_string(i), rng.Number(2, 4), rng.Number(1, 20), false, ""};
    application.start_seconds = rng.Number(5, 40);
    application.spread = rng.Chance(0.8);
    cluster.workloads.Add(application);
    if (rng.Chance(0.2)) {
      cluster.budgets.Add("shop", application.name, application.name, "maxUnavailable", 1);
    }
  }
}

}  // namespace cu::simulation
