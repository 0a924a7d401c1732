#include "scenario.hpp"

#include <string>
#include <utility>

namespace cu::simulation {

using std::chrono::minutes;
using std::chrono::seconds;

namespace {

Faults RandomFaults(Dice& dice) {
  Faults faults;
  const auto sometimes = [&](double most) {
    return dice.Chance(0.4) ? most * dice.Number(1, 100) / 100 : 0.0;
  };
  faults.lost_request = sometimes(0.05);
  faults.lost_reply = sometimes(0.05);
  faults.duplicate = sometimes(0.05);
  faults.slow = sometimes(0.1);
  faults.slowest = seconds{dice.Number(1, 25)};
  faults.broken_watch = sometimes(0.02);
  faults.expired_watch = sometimes(0.01);
  faults.silent_watch = sometimes(0.2);
  faults.lagging_watch = sometimes(0.5);
  faults.longest_lag = seconds{dice.Number(1, 30)};
  faults.expired_list = sometimes(0.2);
  faults.overload = sometimes(0.05);
  faults.unauthorized = sometimes(0.05);
  faults.forbidden = sometimes(0.02);
  faults.crash = sometimes(0.01);
  faults.stall = sometimes(0.01);
  faults.longest_stall = seconds{dice.Number(1, 30)};
  return faults;
}

Json RandomPools(Dice& dice) {
  Json pools = Json::array();
  const int count = dice.Number(0, 3);
  for (int i = 0; i < count; ++i) {
    Json pool{{"name", "pool-" + std::to_string(i)},
              {"maxUnavailable", 1},
              {"unhealthyNodes", dice.Chance(0.7) ? "Wait" : "Ignore"}};
    if (dice.Chance(0.3)) {
      pool["maxUnavailable"] = std::to_string(dice.Number(1, 100)) + "%";
    } else {
      pool["maxUnavailable"] = dice.Number(1, 3);
    }
    if (i + 1 < count || dice.Chance(0.1)) {
      pool["nodeSelector"]["matchLabels"]["pool"] = std::to_string(i);
    }
    pools.push_back(std::move(pool));
  }
  return pools;
}

Json RandomSpec(Dice& dice, const std::string& to) {
  Json spec = DefaultedSpec(to, dice.Chance(0.8) ? "Job" : "External");
  spec["pools"] = RandomPools(dice);
  spec["executor"]["timeoutSeconds"] = dice.Number(300, 900);
  spec["executor"]["killOnTimeout"] = dice.Chance(0.2);
  spec["drain"]["timeoutSeconds"] = dice.Chance(0.1) ? 0 : dice.Number(120, 600);
  spec["drain"]["when"] = dice.Chance(0.8) ? "Always" : dice.Chance(0.5) ? "MinorUpgrade" : "Never";
  if (dice.Chance(0.2)) {
    spec["drain"]["gracePeriodSeconds"] = dice.Number(0, 20);
  }
  if (dice.Chance(0.2)) {
    spec["drain"]["skipPods"]["matchLabels"]["app"] = "set-0";
  }
  spec["verify"]["timeoutSeconds"] = dice.Number(120, 300);
  spec["verify"]["minReadySeconds"] = dice.Number(0, 20);
  spec["verify"]["daemonSets"] = dice.Chance(0.8) ? "Require" : "Warn";
  spec["failurePolicy"]["maxAttempts"] = dice.Number(1, 3);
  spec["failurePolicy"]["maxFailedNodes"] = dice.Number(0, 2);
  return spec;
}

}  // namespace

Scenario RandomScenario(std::uint64_t seed) {
  Dice dice(seed ^ 0xC1C1C1C1U);
  Scenario scenario;
  scenario.seed = seed;
  scenario.control_planes = dice.Chance(0.1) ? 0 : dice.Number(1, 3);
  scenario.workers = dice.Number(1, 8);
  scenario.to = dice.Chance(0.7) ? "v1.36.3" : "v1.35.9";
  scenario.spec = RandomSpec(dice, scenario.to);
  scenario.controllers = dice.Chance(0.4) ? 2 : 1;
  scenario.people_retry = dice.Chance(0.75);
  scenario.human_cordon = dice.Chance(0.3);
  if (dice.Chance(0.85)) {
    scenario.faults = RandomFaults(dice);
    scenario.view_lag = seconds{150};
    scenario.calm = minutes{dice.Number(2, 20)};
  }
  scenario.bad_programs = dice.Chance(0.5) ? 0.5 * dice.Number(1, 100) / 100 : 0.0;
  scenario.accidents = dice.Chance(0.5) ? dice.Number(1, 4) : 0;
  if (dice.Chance(0.5)) {
    scenario.people = dice.Number(1, 5);
    scenario.people_delete = dice.Chance(0.15);
    scenario.view_lag = seconds{150};
  }
  if (scenario.accidents > 0) {
    scenario.view_lag = seconds{150};
  }
  return scenario;
}

std::vector<Scenario> ReferenceScenarios() {
  std::vector<Scenario> scenarios;
  const auto add = [&](int control_planes, int workers, const char* executor) -> Scenario& {
    Scenario scenario;
    scenario.seed = 1000 + scenarios.size();
    scenario.control_planes = control_planes;
    scenario.workers = workers;
    scenario.spec = DefaultedSpec(scenario.to, executor);
    scenario.human_cordon = scenarios.size() == 1;
    scenario.undisturbed = true;
    scenario.spec["executor"]["timeoutSeconds"] = 300;
    scenarios.push_back(scenario);
    return scenarios.back();
  };
  add(1, 2, "Job");
  add(3, 3, "Job");
  add(1, 2, "External");
  Scenario& pools = add(1, 4, "Job");
  pools.spec["pools"] = Json::array({{{"name", "first"},
                                      {"maxUnavailable", 2},
                                      {"nodeSelector", {{"matchLabels", {{"pool", "0"}}}}}},
                                     {{"name", "rest"}, {"maxUnavailable", "50%"}}});
  Scenario& failing = add(1, 2, "Job");
  failing.bad_programs = 0.6;
  failing.undisturbed = false;
  failing.calm = minutes{5};
  return scenarios;
}

void Populate(Cluster& cluster, const Scenario& scenario) {
  Dice dice(scenario.seed ^ 0xAB12U);
  cluster.server.set_version(scenario.control_planes == 0 ? scenario.to : scenario.from);
  for (int i = 1; i <= scenario.control_planes; ++i) {
    const std::string name = "master-" + std::to_string(i);
    cluster.kubelets.Join(name, scenario.from, true);
    cluster.workloads.AddPod("kube-system", "kube-apiserver-" + name, name, true);
  }
  for (int i = 1; i <= scenario.workers; ++i) {
    const std::string name = "worker-" + std::to_string(i);
    cluster.kubelets.Join(name, scenario.from, false);
    cluster.MarkNode(name, "labels", "pool", std::to_string(i % 3));
  }
  if (scenario.human_cordon) {
    cluster.Cordon("worker-1", true);
  }
  cluster.workloads.Add({"DaemonSet", "kube-system", "proxy", 0, 5, false, ""});
  const int sets = dice.Number(1, 3);
  for (int i = 0; i < sets; ++i) {
    const std::string app = "set-" + std::to_string(i);
    const int replicas = dice.Number(1, 5);
    const bool stateful = dice.Chance(0.3);
    cluster.workloads.Add({stateful ? "StatefulSet" : "ReplicaSet",
                           "team",
                           app,
                           replicas,
                           dice.Number(1, 30),
                           dice.Chance(0.2),
                           ""});
    if (dice.Chance(0.6)) {
      const bool never = dice.Chance(0.1);
      cluster.budgets.Add("team", app, app, "minAvailable", never ? replicas : replicas - 1);
    }
  }
  if (dice.Chance(0.5)) {
    cluster.workloads.AddPod("team", "alone", "worker-1", false);
  }
  if (scenario.spec["executor"]["type"] == "External") {
    cluster.FollowDesiredVersions();
  }
}

}  // namespace cu::simulation
