#include <string>
#include <utility>

#include "scenario.hpp"

namespace cu::simulation {

using std::chrono::minutes;
using std::chrono::seconds;

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
    batch.runs_seconds = 200;
    cluster.workloads.Add(batch);
  }
}

/// Nodes that no upgrade may touch, and whose versions say nothing of the cluster.
void AddOddNodes(Cluster& cluster, const Scenario& scenario) {
  cluster.kubelets.Join("virtual-1", "v1.19.10-vk-azure-aci-1.4.16", false);
  cluster.SetNodeMetadata("virtual-1", "labels", "type", "virtual-kubelet");
  cluster.kubelets.Join("windows-1", scenario.from, false);
  cluster.SetNodeMetadata("windows-1", "labels", "kubernetes.io/os", "windows");
}

}  // namespace

void Populate(Cluster& cluster, const Scenario& scenario) {
  Rng rng(scenario.seed ^ 0xAB12U);
  cluster.kubelets.set_components_follow(scenario.spec["executor"]["type"] != "Kubeadm");
  cluster.server.set_version(
      scenario.control_planes == 0 && !scenario.late_control_plane ? scenario.to : scenario.from);
  for (int i = 1; i <= scenario.control_planes; ++i) {
    const std::string name = "master-" + std::to_string(i);
    const auto odd = scenario.odd_versions.find(name);
    cluster.kubelets.Join(
        name, odd == scenario.odd_versions.end() ? scenario.from : odd->second, true);
    if (scenario.old_labels) {
      cluster.SetNodeMetadata(name, "labels", "node-role.kubernetes.io/master", "");
      cluster.SetNodeMetadata(name, "labels", "node-role.kubernetes.io/control-plane", nullptr);
    }
    if (scenario.components || scenario.spec["executor"]["type"] == "Kubeadm") {
      const ObjectPtr node = cluster.database.Find(Kind::kNode, name);
      for (const std::string& component : kComponents) {
        cluster.workloads.AddComponent(name, component, KubeletVersion(node->value()));
      }
    } else {
      cluster.workloads.AddPod("kube-system", "kube-apiserver-" + name, name, true);
    }
  }
  for (int i = 1; i <= scenario.workers; ++i) {
    const std::string name = "worker-" + std::to_string(i);
    const auto odd = scenario.odd_versions.find(name);
    cluster.kubelets.Join(
        name, odd == scenario.odd_versions.end() ? scenario.from : odd->second, false);
    cluster.SetNodeMetadata(name, "labels", "pool", std::to_string(i % 3));
  }
  if (scenario.odd_nodes) {
    AddOddNodes(cluster, scenario);
  }
  if (scenario.human_cordon) {
    cluster.Cordon("worker-1", true);
  }
  Workload proxy{"DaemonSet", "kube-system", "proxy", 0, 5, false, ""};
  proxy.start_seconds = 30;  // longer than most verifications
  cluster.workloads.Add(proxy);
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
  if (scenario.replaced_machines) {
    cluster.ReplaceByDesiredVersions(seconds{200});
  } else if (scenario.spec["executor"]["type"] == "External") {
    cluster.FollowDesiredVersions();
  }
}

}  // namespace cu::simulation
