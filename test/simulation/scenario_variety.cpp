#include "scenario_variety.hpp"

#include <string>
#include <vector>

namespace cu::simulation {

using std::chrono::minutes;
using std::chrono::seconds;

namespace {

/// Nodes of several minor versions, reboots that are asked for, clocks that go wrong.
void AddVersionsAndClocks(Scenario& scenario) {
  Rng rng(scenario.seed ^ 0x5CE3U);
  if (rng.Chance(0.3)) {
    for (int i = 1; i <= scenario.workers; ++i) {
      static const std::vector<std::string> kOlder{"v1.33.9", "v1.34.2", "v1.34.7"};
      if (rng.Chance(0.6)) {
        scenario.odd_versions["worker-" + std::to_string(i)] = rng.Pick(kOlder);
      }
    }
  }
  const std::string last = "worker-" + std::to_string(scenario.workers);
  const bool minor = scenario.to == "v1.36.3";
  if (minor && rng.Chance(0.1)) {
    scenario.odd_versions[last] = rng.Chance(0.5) ? "v1.32.1" : "v1.36.0";
  }
  if (minor && scenario.control_planes > 0 && rng.Chance(0.06)) {
    scenario.odd_versions["master-1"] = "v1.34.8";
  }
  scenario.late_control_plane = scenario.control_planes == 0 && minor && rng.Chance(0.5);
  if (scenario.spec["executor"]["type"] == "Job" && rng.Chance(0.15)) {
    scenario.spec["verify"]["newBoot"] = true;
  }
  scenario.clock_drift = rng.Chance(0.2) ? 0.0002 * rng.Number(-100, 100) : 0;
  if (scenario.controllers > 1 && rng.Chance(0.3)) {
    scenario.last_clock_error = minutes{rng.Chance(0.5) ? 31 : -31};
  }
}

/// Over several minors, as spec.path says; workers may stay behind as far as the skew allows.
void AddPath(Scenario& scenario) {
  Rng rng(scenario.seed ^ 0x9A74U);
  // A node that no pool selects would be left behind too far, and stop the upgrade rightly.
  const Json& pools = scenario.spec["pools"];
  if ((!pools.empty() && pools.back().contains("nodeSelector")) || scenario.control_planes == 0 ||
      !scenario.odd_versions.empty() || !rng.Chance(0.25)) {
    return;
  }
  scenario.from = rng.Chance(0.5) ? "v1.32.6" : "v1.33.6";
  for (const char* stop : {"v1.33.9", "v1.34.7", "v1.35.4"}) {
    if (ReleaseOf(stop).minor_number > ReleaseOf(scenario.from).minor_number &&
        ReleaseOf(stop).minor_number < ReleaseOf(scenario.to).minor_number) {
      scenario.spec["path"].push_back(stop);
    }
  }
  scenario.spec["drain"]["when"] = "Always";
}

/// By executor Kubeadm: static pods apart from the kubelets where there are several control planes.
void AddKubeadm(Scenario& scenario) {
  Rng rng(scenario.seed ^ 0x4BEAU);
  if (scenario.control_planes == 0 || scenario.odd_versions.contains("master-1") ||
      scenario.spec["executor"]["type"] != "Job" || !rng.Chance(0.3)) {
    return;
  }
  scenario.spec["executor"]["type"] = "Kubeadm";
  scenario.spec["executor"].erase("job");
  scenario.spec["executor"]["kubeadm"]["image"] = "registry.example.com/kubeadm";
  scenario.spec["verify"]["newBoot"] = false;  // its program reboots nothing
}

/// Static pods that a program upgrades with the kubelet, or by the stages of Kubeadm.
void ShowComponents(Scenario& scenario) {
  Rng rng(scenario.seed ^ 0xC0A9U);
  scenario.components = scenario.spec["executor"]["type"] == "Kubeadm" || rng.Chance(0.5);
}

/// A webhook for pods, for which nobody answers for a while.
void AddPodHook(Scenario& scenario) {
  Rng rng(scenario.seed ^ 0x0CBEU);
  if (!rng.Chance(0.2)) {
    return;
  }
  Scenario::PodHook hook;
  hook.mutating = rng.Chance(0.5);
  hook.asks_itself = rng.Chance(0.5);
  hook.down_at_first = rng.Chance(0.5) ? rng.Between(seconds{40}, minutes{5}) : Duration{};
  hook.down_later = rng.Chance(0.5) ? rng.Between(seconds{1}, minutes{4}) : Duration{};
  hook.on_one_node = rng.Chance(0.3);
  scenario.pod_hook = hook;
}

void AddPulls(Scenario& scenario) {
  Rng rng(scenario.seed ^ 0x9011U);
  scenario.spec["executor"]["prePull"] = rng.Chance(0.5);
}

/// Nothing delays what controllers see.
void CalmDown(Scenario& scenario) {
  scenario.fault_rates = FaultRates{};
  scenario.faults = 0;
  scenario.view_lag = seconds{5};
}

void AddApplications(Scenario& scenario) {
  Rng rng(scenario.seed ^ 0xA9925U);
  scenario.applications = rng.Chance(0.5);
  scenario.rollouts = scenario.applications && rng.Chance(0.5) ? rng.Number(1, 4) : 0;
  Json& bound = scenario.spec["drain"]["recoveryTimeoutSeconds"];
  bound = rng.Chance(0.8) ? 600 : rng.Chance(0.5) ? 0 : rng.Number(20, 120);
}

/// Pods with old credentials are replaced.
void Refresh(Scenario& scenario) {
  Rng rng(scenario.seed ^ 0x2EF2E5U);
  Json& spec = scenario.spec["tokenRefresh"];
  spec["mode"] = "Auto";
  spec["maxConcurrent"] = rng.Number(1, 5);
  spec["minReadySeconds"] = rng.Chance(0.7) ? 10 : rng.Chance(0.5) ? 0 : rng.Number(1, 60);
  spec["timeoutSeconds"] = rng.Chance(0.8) ? 600 : rng.Number(60, 300);
  spec["maxFailed"] = rng.Chance(0.7) ? 0 : rng.Number(1, 3);
  // What is saved is not to be lost.
  if (rng.Chance(0.3) && scenario.spec["drain"]["unmanagedPods"] != "Recreate") {
    spec["methods"]["pods"] = "Evict";
  }
  if (rng.Chance(0.3)) {
    spec["methods"]["deployments"] = "Restart";
  }
}

/// The keys of the API servers are changed, before, during or after the upgrade.
void AddRotation(Scenario& scenario) {
  Rng rng(scenario.seed ^ 0x70CE7U);
  if (!rng.Chance(0.2)) {
    return;
  }
  using Kind = Rotation::Kind;
  static const std::vector<Kind> kKinds{Kind::kSoft,
                                        Kind::kSoft,
                                        Kind::kHard,
                                        Kind::kHard,
                                        Kind::kIssuer,
                                        Kind::kAborted,
                                        Kind::kAuthority};
  Rotation rotation;
  rotation.kind = rng.Pick(kKinds);
  rotation.at = rng.Between(seconds{40}, scenario.fault_period + minutes{5});
  rotation.between_servers =
      rng.Chance(0.5) ? rng.Between(seconds{5}, seconds{60}) : rng.Between(minutes{1}, minutes{10});
  rotation.between_passes = rng.Between(minutes{1}, minutes{20});
  rotation.kills = rng.Chance(0.3);
  rotation.new_leases = rng.Chance(0.75);
  rotation.dead_lease = rng.Chance(0.2);
  scenario.rotation = rotation;
  Json& spec = scenario.spec["tokenRefresh"];
  spec["mode"] = rng.Chance(0.9) ? "Report" : "Disabled";
  if (spec["mode"] == "Report" && Rng(scenario.seed ^ 0xA070U).Chance(0.5)) {
    Refresh(scenario);
  }
  if (rng.Chance(0.15)) {
    spec["excludeNamespaces"] = Json::array({"shop"});
  }
}

}  // namespace

void AddVariety(Scenario& scenario) {
  AddApplications(scenario);
  AddVersionsAndClocks(scenario);
  AddPath(scenario);
  AddKubeadm(scenario);
  ShowComponents(scenario);
  AddPodHook(scenario);
  AddPulls(scenario);
  if (scenario.seed % 4 == 0) {
    CalmDown(scenario);
  }
  AddRotation(scenario);
}

}  // namespace cu::simulation
