#include "model/cluster.hpp"

#include "api/labels.hpp"

namespace cu::simulation {

using std::chrono::seconds;

Cluster::Cluster(std::uint64_t seed)
    : database(timeline),
      server(timeline, database),
      api_servers(timeline, database, Rng(seed + 5)),
      token_files(timeline, api_servers, Rng(seed + 6)),
      rng(seed),
      kubelets(timeline, database, server, Rng(seed + 1)),
      workloads(timeline, database, Rng(seed + 2)),
      budgets(timeline, database, Rng(seed + 3)),
      volumes(timeline, database, Rng(seed + 4)),
      webhook(timeline, database) {
  const auto unreachable = [this](const std::string& ns) { return webhook.Refuses(ns); };
  server.set_unreachable_webhook(unreachable);
  server.set_key_set([this] { return api_servers.KeySet(); });
  workloads.set_admission([this, unreachable](const std::string& ns) {
    return unreachable(ns) ? "failed calling webhook" : server.WhyNoPod(ns);
  });
}

void Cluster::EditNode(const std::string& node, const std::function<void(Json&)>& edit) {
  const ObjectPtr live = database.Find(Kind::kNode, node);
  if (live == nullptr) {
    return;
  }
  Json after = live->value();
  edit(after);
  server.managed_fields().RecordUpdate(UidOf(after), live->value(), after, "kubectl");
  database.Put(Kind::kNode, std::move(after), "human");
}

void Cluster::Cordon(const std::string& node, bool cordoned) {
  EditNode(node, [&](Json& value) {
    if (IsCordoned(value) == cordoned) {
      return;
    }
    if (cordoned) {
      value["spec"]["unschedulable"] = true;
    } else {
      value["spec"].erase("unschedulable");
    }
  });
}

void Cluster::RemoveCordonAndMark(const std::string& node) {
  EditNode(node, [](Json& value) {
    value["spec"].erase("unschedulable");
    if (value["metadata"].contains("annotations")) {
      value["metadata"]["annotations"].erase(std::string(api::kCordonedBy));
    }
  });
}

void Cluster::SetNodeMetadata(const std::string& node,
                              const char* map,
                              const std::string& key,
                              const Json& value) {
  EditNode(node, [&](Json& object) {
    if (value.is_null()) {
      object["metadata"][map].erase(key);
    } else {
      object["metadata"][map][key] = value;
    }
  });
}

void Cluster::Taint(const std::string& node, const Json& taint, bool wanted) {
  EditNode(node, [&](Json& value) { SetTaint(value, taint, wanted); });
}

void Cluster::ReplaceNode(const std::string& node, const std::string& version) {
  const ObjectPtr live = database.Find(Kind::kNode, node);
  if (live == nullptr) {
    return;
  }
  const bool control_plane = IsControlPlane(live->value());
  kubelets.Leave(node);
  timeline.After(rng.Between(seconds{1}, seconds{60}), [this, node, version, control_plane] {
    if (database.Find(Kind::kNode, node) == nullptr) {
      kubelets.Join(node, version, control_plane);
    }
  });
}

void Cluster::CreateUpgrade(const std::string& name, const Json& spec) {
  database.Put(Kind::kUpgrade,
               Json{{"apiVersion", "clusterupgrade.io/v1alpha1"},
                    {"kind", "ClusterUpgrade"},
                    {"metadata", {{"name", name}, {"generation", 1}}},
                    {"spec", spec},
                    {"status", {{"observedGeneration", -1}}}},
               "human");
}

void Cluster::EditUpgrade(const std::string& name, const std::function<void(Json&)>& edit) {
  database.Edit(Kind::kUpgrade, name, "human", [&](Json& upgrade) {
    const Json spec = upgrade["spec"];
    edit(upgrade);
    if (upgrade["spec"] != spec) {
      upgrade["metadata"]["generation"] = NumberAt(upgrade, {"metadata", "generation"}) + 1;
    }
  });
}

void Cluster::DeleteUpgrade(const std::string& name) {
  const ObjectPtr live = database.Find(Kind::kUpgrade, name);
  if (live == nullptr || IsDeleting(live->value())) {
    return;
  }
  if (ValueAt(live->value(), {"metadata", "finalizers"}).empty()) {
    database.Remove(Kind::kUpgrade, name, "human");
    return;
  }
  database.Edit(Kind::kUpgrade, name, "human", [&](Json& upgrade) {
    upgrade["metadata"]["deletionTimestamp"] = base::FormatTime(timeline.wall());
    upgrade["metadata"]["generation"] = NumberAt(upgrade, {"metadata", "generation"}) + 1;
  });
}

void Cluster::EditBudget(const std::string& key, const std::function<void(Json&)>& edit) {
  database.Edit(Kind::kBudget, key, "human", [&](Json& budget) {
    edit(budget);
    budget["metadata"]["generation"] = NumberAt(budget, {"metadata", "generation"}) + 1;
  });
}

void Cluster::DeleteJob(const std::string& key) {
  database.Remove(Kind::kJob, key, "human");
}

Json Cluster::Upgrade(const std::string& name) const {
  const ObjectPtr upgrade = database.Find(Kind::kUpgrade, name);
  return upgrade == nullptr ? Json() : upgrade->value();
}

void Cluster::FollowDesiredVersions() {
  OnDesiredVersion(seconds{120}, [this](const std::string& node, const std::string& version) {
    if (kubelets.IsUp(node)) {
      kubelets.SetVersion(node, version);
    }
  });
}

void Cluster::ReplaceByDesiredVersions(Duration most) {
  OnDesiredVersion(seconds{60}, [this, most](const std::string& node, const std::string& version) {
    ReplaceMachine(node, version, most);
  });
}

void Cluster::OnDesiredVersion(Duration most, const ExternalTool& tool) {
  database.Subscribe([this, most, tool](const Change& change) {
    if (change.kind != Kind::kNode || change.after == nullptr || following_.contains(change.key)) {
      return;
    }
    const std::string wanted = DesiredVersion(change.key);
    if (wanted.empty() || wanted == KubeletVersion(change.after->value())) {
      return;
    }
    following_.insert(change.key);
    timeline.After(rng.Between(seconds{5}, most), [this, tool, node = change.key, wanted] {
      following_.erase(node);
      if (DesiredVersion(node) == wanted) {
        tool(node, wanted);
      }
    });
  });
}

void Cluster::ReplaceMachine(const std::string& node, const std::string& version, Duration most) {
  const ObjectPtr live = database.Find(Kind::kNode, node);
  if (live == nullptr) {
    return;
  }
  const Json before = live->value();
  const bool control_plane = IsControlPlane(before);
  const std::string pool = TextAt(before, {"metadata", "labels", "pool"});
  kubelets.Leave(node);
  timeline.After(rng.Between(seconds{10}, most), [this, node, version, control_plane, pool] {
    if (database.Find(Kind::kNode, node) != nullptr) {
      return;
    }
    kubelets.Join(
        node, version, control_plane, pool.empty() ? Json::object() : Json{{"pool", pool}});
    if (control_plane) {
      server.set_version(version);
    }
  });
}

std::string Cluster::DesiredVersion(const std::string& node) const {
  const ObjectPtr live = database.Find(Kind::kNode, node);
  return live == nullptr ? std::string() : AnnotationOf(live->value(), api::kDesiredVersion);
}

Json DefaultedSpec(const std::string& version, const std::string& executor) {
  Json spec{{"version", version},
            {"paused", false},
            {"path", Json::array()},
            {"executor",
             {{"type", executor},
              {"timeoutSeconds", 1800},
              {"killOnTimeout", false},
              {"prePull", false}}},  // scenarios ask for it
            {"drain",
             {{"when", "Always"},
              {"timeoutSeconds", 3600},
              {"onTimeout", "Fail"},
              {"unmanagedPods", "Evict"},
              {"emptyDirPods", "Evict"},
              {"volumeDetachTimeoutSeconds", 300},
              {"recoveryTimeoutSeconds", 600},
              {"excludeFromLoadBalancers", true},
              {"preferUpgradedNodes", true}}},
            {"preflight", {{"ignore", Json::array()}}},
            {"verify",
             {{"timeoutSeconds", 600},
              {"minReadySeconds", 10},
              {"newBoot", false},
              {"daemonSets", "Require"}}},
            {"failurePolicy", {{"maxAttempts", 2}, {"maxFailedNodes", 0}}},
            {"tokenRefresh", {{"mode", "Disabled"}}}};  // scenarios that rotate keys ask for it
  if (executor == "Job") {
    spec["executor"]["job"]["template"]["spec"]["containers"] =
        Json::array({{{"name", "upgrade"}, {"image", "registry.example/upgrade:1"}}});
  }
  if (executor == "Kubeadm") {
    spec["executor"]["kubeadm"]["image"] = "registry.example.com/kubeadm";
  }
  return spec;
}

}  // namespace cu::simulation
