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
  Rng nodes(seed ^ 0x0DD5U);
  // Left alone over several minors they would be too old, rightly.
  scenario.odd_nodes = nodes.Chance(0.15) && scenario.spec["path"].empty();
  scenario.old_labels = nodes.Chance(0.15);
  scenario.replaced_machines = scenario.spec["executor"]["type"] == "External" && nodes.Chance(0.4);
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
  add(1, 2, "Kubeadm").spec["executor"]["prePull"] = true;
  Scenario& path = add(2, 2, "Kubeadm");
  path.from = "v1.34.7";
  path.fixture = "many pods";
  path.spec["path"].push_back("v1.35.4");
  Scenario& tokens = add(1, 2, "Job");
  tokens.fixture = "volumes";
  tokens.applications = true;
  tokens.rotation.emplace().at = minutes{3};
  tokens.spec["tokenRefresh"] = {{"mode", "Auto"}, {"methods", {{"deployments", "Restart"}}}};
  return scenarios;
}

}  // namespace cu::simulation
