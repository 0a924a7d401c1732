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
  faults.failed_status = sometimes(0.2);
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

/// How pods have to leave.
void AddPolicies(Dice& dice, Json& spec) {
  Json& drain = spec["drain"];
  drain["onTimeout"] = dice.Chance(0.5) ? "Fail" : dice.Chance(0.5) ? "Skip" : "Delete";
  drain["unmanagedPods"] = dice.Chance(0.45) ? "Recreate" : dice.Chance(0.85) ? "Evict" : "Refuse";
  drain["emptyDirPods"] = dice.Chance(0.9) ? "Evict" : "Refuse";
  drain["volumeDetachTimeoutSeconds"] = dice.Chance(0.2) ? 0 : dice.Number(20, 120);
  if (dice.Chance(0.3)) {
    drain["waitForPods"] = {{"selector", {{"matchLabels", {{"app", "batch"}}}}},
                            {"timeoutSeconds", dice.Number(20, 200)}};
  }
  for (const char* type : {"BudgetNeverAllows", "BudgetNeverAllows=team/set-0", "TwoBudgets"}) {
    if (dice.Chance(0.3)) {
      spec["preflight"]["ignore"].push_back(type);
    }
  }
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
  AddPolicies(dice, spec);
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
  scenario.workers = dice.Number(1, 6);
  scenario.to = dice.Chance(0.7) ? "v1.36.3" : "v1.35.9";
  scenario.spec = RandomSpec(dice, scenario.to);
  scenario.controllers = dice.Chance(0.3) ? 2 : 1;
  scenario.people_retry = dice.Chance(0.75);
  scenario.human_cordon = dice.Chance(0.3);
  scenario.awkward = dice.Chance(0.7);
  scenario.busy_budgets = dice.Chance(0.2);
  scenario.stuck_volumes = dice.Chance(0.3) ? 0.5 : 0;
  scenario.budget_lag = seconds{dice.Chance(0.3) ? dice.Number(2, 20) : 1};
  if (dice.Chance(0.85)) {
    scenario.faults = RandomFaults(dice);
    scenario.view_lag = seconds{150};
    scenario.calm = minutes{dice.Number(2, 14)};
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
  scenario.jobs_refused = seconds{dice.Chance(0.1) ? dice.Number(60, 400) : 0};
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
  Scenario& recreate = add(1, 2, "Job");
  recreate.spec["drain"]["unmanagedPods"] = "Recreate";
  recreate.stage = "lone pods";
  for (const char* policy : {"Skip", "Delete"}) {
    Scenario& held = add(1, 2, "Job");
    held.spec["drain"]["onTimeout"] = policy;
    held.spec["drain"]["timeoutSeconds"] = 40;
    held.spec["failurePolicy"]["maxFailedNodes"] = 5;
    held.stage = policy == std::string("Skip") ? "released" : "held";
  }
  Scenario& volumes = add(1, 2, "Job");
  volumes.spec["drain"]["waitForPods"] = {{"selector", {{"matchLabels", {{"app", "batch"}}}}},
                                          {"timeoutSeconds", 120}};
  volumes.stage = "volumes";
  return scenarios;
}

namespace {

void AddBudgets(Cluster& cluster, const Workload& set, bool awkward, Dice& dice) {
  const auto add = [&](const std::string& name, const char* field, const Json& value) {
    cluster.budgets.Add(set.ns, name, set.name, field, value);
  };
  if (awkward && dice.Chance(0.08)) {
    dice.Chance(0.5) ? add(set.name, "maxUnavailable", dice.Chance(0.5) ? Json(0) : Json("0%"))
                     : add(set.name, "minAvailable", "100%");
  } else if (dice.Chance(0.6)) {
    const bool never = dice.Chance(0.1);
    add(set.name, "minAvailable", never ? set.replicas : set.replicas - 1);
  }
  if (awkward && dice.Chance(0.08)) {
    add(set.name + "-too", "maxUnavailable", 1);
  }
}

void PopulateSets(Cluster& cluster, const Scenario& scenario, Dice& dice) {
  const int sets = dice.Number(1, 3);
  for (int i = 0; i < sets; ++i) {
    const bool stateful = dice.Chance(0.3);
    Workload set{stateful ? "StatefulSet" : "ReplicaSet",
                 "team",
                 "set-" + std::to_string(i),
                 dice.Number(1, 5),
                 dice.Number(1, 30),
                 dice.Chance(0.2),
                 ""};
    if (scenario.awkward) {
      set.claims = stateful && dice.Chance(0.7);
      set.finalizers = dice.Chance(0.1);
      set.pinned = dice.Chance(0.1) ? "worker-1" : "";
    }
    for (int ordinal = 0; set.claims && ordinal < set.replicas; ++ordinal) {
      cluster.volumes.Add(set.ns, "data-" + set.name + "-" + std::to_string(ordinal), "");
    }
    cluster.workloads.Add(set);
    AddBudgets(cluster, set, scenario.awkward, dice);
  }
  if (scenario.awkward && dice.Chance(0.5)) {
    Workload batch{"Workflow", "team", "batch", dice.Number(1, 3), 5, false, ""};
    batch.runs_seconds = 400;
    cluster.workloads.Add(batch);
  }
}

void PopulateLonePods(Cluster& cluster, const Scenario& scenario, Dice& dice) {
  const int most = scenario.awkward ? 3 : 1;
  for (int i = dice.Number(0, most); i > 0; --i) {
    PodShape shape;
    shape.ns = "team";
    shape.name = "alone-" + std::to_string(i);
    shape.app = dice.Chance(0.2) ? "set-0" : "alone";
    shape.node = "worker-" + std::to_string(dice.Number(1, scenario.workers));
    shape.grace_seconds = dice.Number(1, 20);
    if (scenario.awkward) {
      shape.empty_dir = dice.Chance(0.2);
      shape.finalizer = dice.Chance(0.1);
      shape.pinned = dice.Chance(0.1) ? shape.node : "";
      shape.claim = dice.Chance(0.3) ? "data-" + shape.name : "";
    }
    if (!shape.claim.empty()) {
      cluster.volumes.Add(shape.ns, shape.claim, dice.Chance(0.2) ? shape.node : "");
    }
    cluster.workloads.AddPod(shape);
  }
}

/// The pods of the references, the same for every seed.
void PopulateStage(Cluster& cluster, const std::string& stage) {
  const auto lone = [&](const char* name, const char* node) {
    PodShape shape;
    shape.ns = "team";
    shape.name = name;
    shape.app = "alone";
    shape.node = node;
    return shape;
  };
  if (stage == "lone pods") {
    cluster.workloads.AddPod(lone("first", "worker-1"));
    PodShape stateful = lone("second", "worker-1");
    stateful.claim = "data-second";
    cluster.volumes.Add("team", stateful.claim, "");
    cluster.workloads.AddPod(stateful);
    cluster.workloads.AddPod(lone("third", "worker-2"));
  } else if (stage == "held" || stage == "released") {
    // The budget wants one more than there is: nobody may go.
    PodShape held = lone("held", "worker-1");
    held.grace_seconds = 10;
    cluster.workloads.AddPod(held);
    cluster.budgets.Add("team", "alone", "alone", "minAvailable", 1);
    cluster.workloads.Add({"ReplicaSet", "team", "web", 2, 5, false, ""});
    if (stage == "released") {
      cluster.timeline.After(
          minutes{4}, [&] { cluster.database.Remove(Kind::kBudget, "team/alone", "human"); });
    }
  } else if (stage == "refused") {
    cluster.workloads.AddPod(lone("held", "worker-1"));
    cluster.budgets.Add("team", "alone", "alone", "maxUnavailable", 0);
  } else {
    cluster.workloads.Add({"ReplicaSet", "team", "web", 4, 5, false, ""});
    Workload set{"StatefulSet", "team", "db", 2, 5, false, ""};
    set.claims = true;
    cluster.volumes.Add("team", "data-db-0", "");
    cluster.volumes.Add("team", "data-db-1", "");
    cluster.workloads.Add(set);
    Workload batch{"Workflow", "team", "batch", 2, 5, false, ""};
    batch.runs_seconds = 150;
    cluster.workloads.Add(batch);
  }
}

}  // namespace

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
  cluster.volumes.set_stuck(scenario.stuck_volumes);
  cluster.budgets.set_lag(scenario.budget_lag);
  if (!scenario.stage.empty()) {
    PopulateStage(cluster, scenario.stage);
  } else {
    PopulateSets(cluster, scenario, dice);
    PopulateLonePods(cluster, scenario, dice);
  }
  if (scenario.spec["executor"]["type"] == "External") {
    cluster.FollowDesiredVersions();
  }
}

}  // namespace cu::simulation
