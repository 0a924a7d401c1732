#include "scenario.hpp"

#include <string>
#include <utility>

#include "scenario_variety.hpp"

namespace cu::simulation {

using std::chrono::minutes;
using std::chrono::seconds;

namespace {

FaultRates RandomFaultRates(Rng& rng) {
  FaultRates rates;
  const auto sometimes = [&](double most) {
    return rng.Chance(0.4) ? most * rng.Number(1, 100) / 100 : 0.0;
  };
  rates.lost_request = sometimes(0.05);
  rates.lost_reply = sometimes(0.05);
  rates.duplicate = sometimes(0.05);
  rates.slow = sometimes(0.1);
  rates.slowest = seconds{rng.Number(1, 25)};
  rates.broken_watch = sometimes(0.02);
  rates.expired_watch = sometimes(0.01);
  rates.silent_watch = sometimes(0.2);
  rates.lagging_watch = sometimes(0.5);
  rates.longest_lag = seconds{rng.Number(1, 30)};
  rates.expired_list = sometimes(0.2);
  rates.overload = sometimes(0.05);
  rates.unauthorized = sometimes(0.05);
  rates.forbidden = sometimes(0.02);
  rates.crash = sometimes(0.01);
  rates.stall = sometimes(0.01);
  rates.longest_stall = seconds{rng.Number(1, 30)};
  rates.failed_status = sometimes(0.2);
  return rates;
}

Json RandomPools(Rng& rng) {
  Json pools = Json::array();
  const int count = rng.Number(0, 3);
  for (int i = 0; i < count; ++i) {
    Json pool{{"name", "pool-" + std::to_string(i)},
              {"maxUnavailable", 1},
              {"unhealthyNodes", rng.Chance(0.7) ? "Wait" : "Ignore"}};
    if (rng.Chance(0.3)) {
      pool["maxUnavailable"] = std::to_string(rng.Number(1, 100)) + "%";
    } else {
      pool["maxUnavailable"] = rng.Number(1, 3);
    }
    if (i + 1 < count || rng.Chance(0.1)) {
      pool["nodeSelector"]["matchLabels"]["pool"] = std::to_string(i);
    }
    pools.push_back(std::move(pool));
  }
  return pools;
}

/// The policies of the drain.
void AddPolicies(Rng& rng, Json& spec) {
  Json& drain = spec["drain"];
  drain["onTimeout"] = rng.Chance(0.5) ? "Fail" : rng.Chance(0.5) ? "Skip" : "Delete";
  drain["unmanagedPods"] = rng.Chance(0.45) ? "Recreate" : rng.Chance(0.85) ? "Evict" : "Refuse";
  drain["emptyDirPods"] = rng.Chance(0.9) ? "Evict" : "Refuse";
  drain["volumeDetachTimeoutSeconds"] = rng.Chance(0.2) ? 0 : rng.Number(20, 120);
  if (rng.Chance(0.3)) {
    drain["waitForPods"] = {{"selector", {{"matchLabels", {{"app", "batch"}}}}},
                            {"timeoutSeconds", rng.Number(20, 200)}};
  }
  for (const char* type : {"BudgetNeverAllows", "BudgetNeverAllows=team/set-0", "TwoBudgets"}) {
    if (rng.Chance(0.3)) {
      spec["preflight"]["ignore"].push_back(type);
    }
  }
}

Json RandomSpec(Rng& rng, const std::string& to) {
  Json spec = DefaultedSpec(to, rng.Chance(0.8) ? "Job" : "External");
  spec["pools"] = RandomPools(rng);
  spec["executor"]["timeoutSeconds"] = rng.Number(300, 900);
  spec["executor"]["killOnTimeout"] = rng.Chance(0.2);
  spec["drain"]["timeoutSeconds"] = rng.Chance(0.1) ? 0 : rng.Number(120, 600);
  spec["drain"]["when"] = rng.Chance(0.8) ? "Always" : rng.Chance(0.5) ? "MinorUpgrade" : "Never";
  if (rng.Chance(0.2)) {
    spec["drain"]["gracePeriodSeconds"] = rng.Number(0, 20);
  }
  if (rng.Chance(0.2)) {
    spec["drain"]["skipPods"]["matchLabels"]["app"] = "set-0";
  }
  AddPolicies(rng, spec);
  spec["verify"]["timeoutSeconds"] = rng.Number(120, 300);
  spec["verify"]["minReadySeconds"] = rng.Number(0, 20);
  spec["verify"]["daemonSets"] = rng.Chance(0.8) ? "Require" : "Warn";
  spec["failurePolicy"]["maxAttempts"] = rng.Number(1, 3);
  spec["failurePolicy"]["maxFailedNodes"] = rng.Number(0, 2);
  return spec;
}

/// Webhooks answer with any code, and may use the words of the server.
EvictionWebhook RandomWebhook(Rng& rng) {
  EvictionWebhook webhook;
  webhook.app = rng.Chance(0.7) ? "set-0" : "alone";
  webhook.code = rng.Pick(std::vector<int>{400, 403, 404, 409, 422, 429, 500, 503});
  if (rng.Chance(0.5)) {
    webhook.retry_after = seconds{rng.Number(1, 90)};
  }
  webhook.words = rng.Pick(std::vector<std::string>{
      "the shard is being moved",
      "Precondition failed: UID in precondition: a, UID in object meta: b",
      "This pod has more than one PodDisruptionBudget, which is not supported",
      std::string(20000, 'x')});
  webhook.cause = rng.Pick(std::vector<std::string>{
      "", "DisruptionBudget", "NamespaceTerminating", "FieldManagerConflict"});
  return webhook;
}

}  // namespace

Scenario RandomScenario(std::uint64_t seed) {
  Rng rng(seed ^ 0xC1C1C1C1U);
  Scenario scenario;
  scenario.seed = seed;
  scenario.control_planes = rng.Chance(0.1) ? 0 : rng.Number(1, 3);
  scenario.workers = rng.Number(1, 6);
  scenario.to = rng.Chance(0.7) ? "v1.36.3" : "v1.35.9";
  scenario.spec = RandomSpec(rng, scenario.to);
  scenario.controllers = rng.Chance(0.3) ? 2 : 1;
  scenario.users_retry = rng.Chance(0.75);
  scenario.human_cordon = rng.Chance(0.3);
  scenario.hard_to_drain = rng.Chance(0.7);
  scenario.rewritten_budgets = rng.Chance(0.2);
  scenario.stuck_volume_rate = rng.Chance(0.3) ? 0.5 : 0;
  scenario.budget_lag = seconds{rng.Chance(0.3) ? rng.Number(2, 20) : 1};
  if (rng.Chance(0.85)) {
    scenario.fault_rates = RandomFaultRates(rng);
    scenario.view_lag = seconds{150};
    scenario.fault_period = minutes{rng.Number(2, 14)};
  }
  scenario.bad_programs = rng.Chance(0.5) ? 0.5 * rng.Number(1, 100) / 100 : 0.0;
  scenario.faults = rng.Chance(0.5) ? rng.Number(1, 4) : 0;
  if (rng.Chance(0.5)) {
    scenario.user_actions = rng.Number(1, 5);
    scenario.user_deletes = rng.Chance(0.15);
    scenario.view_lag = seconds{150};
  }
  if (scenario.faults > 0) {
    scenario.view_lag = seconds{150};
  }
  if (scenario.hard_to_drain && rng.Chance(0.4)) {
    scenario.webhook = RandomWebhook(rng);
    scenario.webhook_denies = seconds{rng.Number(100, 700)};
  }
  scenario.clock_error = rng.Chance(0.3) ? minutes{rng.Number(-60, 60)} : minutes{0};
  scenario.hostile_names = scenario.hard_to_drain && rng.Chance(0.05);
  using Refused = ApiServer::Refused;
  for (const Refused what : {Refused::kJobs, Refused::kJobPods, Refused::kCordons}) {
    if (rng.Chance(0.1)) {
      scenario.refused[what] = seconds{rng.Number(60, 400)};
    }
  }
  AddVariety(scenario);
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
  failing.fault_period = minutes{5};
  Scenario& recreate = add(1, 2, "Job");
  recreate.spec["drain"]["unmanagedPods"] = "Recreate";
  recreate.fixture = "unmanaged pods";
  for (const char* policy : {"Skip", "Delete"}) {
    Scenario& held = add(1, 2, "Job");
    held.spec["drain"]["onTimeout"] = policy;
    held.spec["drain"]["timeoutSeconds"] = 40;
    held.spec["failurePolicy"]["maxFailedNodes"] = 5;
    held.fixture = policy == std::string("Skip") ? "released" : "held";
  }
  Scenario& volumes = add(1, 2, "Job");
  volumes.spec["drain"]["waitForPods"] = {{"selector", {{"matchLabels", {{"app", "batch"}}}}},
                                          {"timeoutSeconds", 120}};
  volumes.fixture = "volumes";
  return scenarios;
}

namespace {

void AddBudgets(Cluster& cluster, const Workload& set, bool hard_to_drain, Rng& rng) {
  const auto add = [&](const std::string& name, const char* field, const Json& value) {
    cluster.budgets.Add(set.ns, name, set.name, field, value);
  };
  if (hard_to_drain && rng.Chance(0.08)) {
    rng.Chance(0.5) ? add(set.name, "maxUnavailable", rng.Chance(0.5) ? Json(0) : Json("0%"))
                    : add(set.name, "minAvailable", "100%");
  } else if (rng.Chance(0.6)) {
    const bool never = rng.Chance(0.1);
    add(set.name, "minAvailable", never ? set.replicas : set.replicas - 1);
  }
  if (hard_to_drain && rng.Chance(0.08)) {
    add(set.name + "-too", "maxUnavailable", 1);
  }
}

void PopulateSets(Cluster& cluster, const Scenario& scenario, Rng& rng) {
  const int sets = rng.Number(1, 3);
  for (int i = 0; i < sets; ++i) {
    const bool stateful = rng.Chance(0.3);
    Workload set{stateful ? "StatefulSet" : "ReplicaSet",
                 "team",
                 "set-" + std::to_string(i),
                 rng.Number(1, 5),
                 rng.Number(1, 30),
                 rng.Chance(0.2),
                 ""};
    if (scenario.hard_to_drain) {
      set.claims = stateful && rng.Chance(0.7);
      set.finalizers = rng.Chance(0.1);
      set.only_node = rng.Chance(0.1) ? "worker-1" : "";
      set.tolerates = rng.Chance(0.15);
      set.node_name = !stateful && rng.Chance(0.1) ? "worker-1" : "";
    }
    for (int ordinal = 0; set.claims && ordinal < set.replicas; ++ordinal) {
      cluster.volumes.Add(set.ns, "data-" + set.name + "-" + std::to_string(ordinal), "");
    }
    cluster.workloads.Add(set);
    AddBudgets(cluster, set, scenario.hard_to_drain, rng);
  }
  for (int i = 0; scenario.hostile_names && i < 60; ++i) {
    cluster.budgets.Add("team",
                        "b" + std::to_string(i) + "." + std::string(200, 'x'),
                        "set-0",
                        "maxUnavailable",
                        1);
  }
  if (scenario.hard_to_drain && rng.Chance(0.5)) {
    Workload batch{"Workflow", "team", "batch", rng.Number(1, 3), 5, false, ""};
    batch.runs_seconds = 400;
    cluster.workloads.Add(batch);
  }
}

void PopulateUnmanagedPods(Cluster& cluster, const Scenario& scenario, Rng& rng) {
  const int most = scenario.hard_to_drain ? 3 : 1;
  for (int i = rng.Number(0, most); i > 0; --i) {
    PodOptions options;
    options.ns = "team";
    options.name = "alone-" + std::to_string(i);
    options.app = rng.Chance(0.2) ? "set-0" : "alone";
    options.node = "worker-" + std::to_string(rng.Number(1, scenario.workers));
    options.grace_seconds = rng.Number(1, 20);
    if (scenario.hard_to_drain) {
      options.empty_dir = rng.Chance(0.2);
      options.finalizer = rng.Chance(0.1);
      options.only_node = rng.Chance(0.1) ? options.node : "";
      options.claim = rng.Chance(0.3) ? "data-" + options.name : "";
    }
    if (!options.claim.empty()) {
      cluster.volumes.Add(options.ns, options.claim, rng.Chance(0.2) ? options.node : "");
    }
    cluster.workloads.AddPod(options);
  }
}

/// The pods of a reference upgrade, the same for every seed.
void PopulateFixture(Cluster& cluster, const std::string& fixture) {
  const auto unmanaged = [&](const char* name, const char* node) {
    PodOptions options;
    options.ns = "team";
    options.name = name;
    options.app = "alone";
    options.node = node;
    return options;
  };
  if (fixture == "unmanaged pods") {
    cluster.workloads.AddPod(unmanaged("first", "worker-1"));
    PodOptions stateful = unmanaged("second", "worker-1");
    stateful.claim = "data-second";
    cluster.volumes.Add("team", stateful.claim, "");
    cluster.workloads.AddPod(stateful);
    cluster.workloads.AddPod(unmanaged("third", "worker-2"));
  } else if (fixture == "held" || fixture == "released") {
    // The budget needs all pods that there are: it allows no eviction.
    PodOptions held = unmanaged("held", "worker-1");
    held.grace_seconds = 10;
    cluster.workloads.AddPod(held);
    cluster.budgets.Add("team", "alone", "alone", "minAvailable", 1);
    cluster.workloads.Add({"ReplicaSet", "team", "web", 2, 5, false, ""});
    if (fixture == "released") {
      cluster.timeline.After(
          minutes{4}, [&] { cluster.database.Remove(Kind::kBudget, "team/alone", "human"); });
    }
  } else if (fixture == "two nodes") {
    for (const auto& [name, node] :
         {std::pair("shard", "worker-1"), std::pair("other", "worker-2")}) {
      PodOptions pod = unmanaged(name, node);
      pod.app = name;
      pod.grace_seconds = 2;
      cluster.workloads.AddPod(pod);
    }
  } else if (fixture == "returning") {
    Workload tolerant{"ReplicaSet", "team", "operator", 1, 2, false, ""};
    tolerant.tolerates = true;
    tolerant.only_node = "worker-1";
    cluster.workloads.Add(tolerant);
    Workload bound{"ReplicaSet", "team", "bound", 1, 2, false, ""};
    bound.node_name = "worker-1";
    cluster.workloads.Add(bound);
    cluster.workloads.Add({"ReplicaSet", "team", "web", 3, 60, false, ""});
  } else if (fixture == "many pods") {
    cluster.workloads.Add({"ReplicaSet", "team", "web", 40, 5, false, ""});
  } else if (fixture == "refused") {
    cluster.workloads.AddPod(unmanaged("held", "worker-1"));
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
  Rng rng(scenario.seed ^ 0xAB12U);
  cluster.server.set_version(
      scenario.control_planes == 0 && !scenario.late_control_plane ? scenario.to : scenario.from);
  for (int i = 1; i <= scenario.control_planes; ++i) {
    const std::string name = "master-" + std::to_string(i);
    const auto odd = scenario.odd_versions.find(name);
    cluster.kubelets.Join(
        name, odd == scenario.odd_versions.end() ? scenario.from : odd->second, true);
    cluster.workloads.AddPod("kube-system", "kube-apiserver-" + name, name, true);
  }
  for (int i = 1; i <= scenario.workers; ++i) {
    const std::string name = "worker-" + std::to_string(i);
    const auto odd = scenario.odd_versions.find(name);
    cluster.kubelets.Join(
        name, odd == scenario.odd_versions.end() ? scenario.from : odd->second, false);
    cluster.SetNodeMetadata(name, "labels", "pool", std::to_string(i % 3));
  }
  if (scenario.human_cordon) {
    cluster.Cordon("worker-1", true);
  }
  cluster.workloads.Add({"DaemonSet", "kube-system", "proxy", 0, 5, false, ""});
  if (scenario.webhook) {
    cluster.server.set_eviction_webhook(scenario.webhook);
    cluster.timeline.After(scenario.webhook_denies,
                           [&] { cluster.server.set_eviction_webhook(std::nullopt); });
  }
  cluster.volumes.set_stuck_rate(scenario.stuck_volume_rate);
  cluster.budgets.set_lag(scenario.budget_lag);
  if (scenario.applications) {
    PopulateApplications(cluster, scenario);
  }
  if (!scenario.fixture.empty()) {
    PopulateFixture(cluster, scenario.fixture);
  } else {
    PopulateSets(cluster, scenario, rng);
    PopulateUnmanagedPods(cluster, scenario, rng);
  }
  if (scenario.spec["executor"]["type"] == "External") {
    cluster.FollowDesiredVersions();
  }
}

}  // namespace cu::simulation
