#include <algorithm>
#include <optional>
#include <utility>

#include "mutants.hpp"
#include "tampering.hpp"

namespace cu::simulation {
namespace {

using std::chrono::minutes;

/// Whether TokensFresh says that pods are stale, after the upgrade.
bool IsStale(const Json& upgrade) {
  return ConditionOf(upgrade, "Ready") == "True" &&
         TextAt(upgrade, {"status", "tokenRefresh", "phase"}) == "Stale";
}

/// Evicts a pod because of its token.
Tamper EvictsStalePods(Cluster& cluster) {
  return [&cluster, done = false](const std::string&, Batch, base::Now now, auto& out) mutable {
    if (!IsStale(UpgradeIn(cluster)) || std::exchange(done, true)) {
      return;
    }
    for (const auto& [key, pod] : cluster.database.All(Kind::kPod)) {
      if (OwnerField(pod->value(), "kind") == "ReplicaSet") {
        AddEviction(pod->value(), now, out);
        return;
      }
    }
  };
}

/// Patches the template of a workload, as kubectl rollout restart does.
Tamper RestartsWorkloads(Cluster& cluster) {
  return [&cluster, done = false](const std::string&, Batch, base::Now now, auto& out) mutable {
    if (IsStale(UpgradeIn(cluster)) && !std::exchange(done, true)) {
      Add(out,
          now,
          port::Request::MergePatch("/apis/apps/v1/namespaces/team/deployments/web", "{}"));
    }
  };
}

Tamper FreshTooEarly(Cluster& cluster) {
  return [&cluster, done = false](const std::string&, Batch, base::Now now, auto& out) mutable {
    Json upgrade = UpgradeIn(cluster);
    if (IsStale(upgrade) && !std::exchange(done, true)) {
      SetCondition(upgrade, "TokensFresh", "True", "Fresh", now.wall);
      AddStatus(upgrade, upgrade["status"], now, out);
    }
  };
}

Tamper AsksWhenDisabled(Cluster& cluster) {
  return [&cluster, done = false](const std::string&, Batch, base::Now now, auto& out) mutable {
    if (!UpgradeIn(cluster).is_null() && !std::exchange(done, true)) {
      Add(out, now, port::Request::Get("/openid/v1/jwks"));
    }
  };
}

bool IsOfSet(const Json& pod) {
  return OwnerField(pod, "kind") == "ReplicaSet" && !IsDeleting(pod);
}

/// A pod that was created after the change, while others are replaced.
Tamper EvictsFreshPods(Cluster& cluster) {
  return [&cluster, done = false](const std::string&, Batch, base::Now now, auto& out) mutable {
    const Json upgrade = UpgradeIn(cluster);
    const Json& tokens = ValueAt(upgrade, {"status", "tokenRefresh"});
    if (done || TextAt(tokens, {"phase"}) != "Refreshing") {
      return;
    }
    for (const auto& [key, pod] : cluster.database.All(Kind::kPod)) {
      if (IsOfSet(pod->value()) && TextAt(pod->value(), {"metadata", "creationTimestamp"}) >
                                       TextAt(tokens, {"change", "since"})) {
        AddEviction(pod->value(), now, out);
        done = true;
        return;
      }
    }
  };
}

/// The next pod of a workload, before the one before is Ready again.
Tamper EvictsTheNextTooEarly(Cluster& cluster) {
  return [&cluster, since = std::optional<base::SteadyTime>()](
             const std::string&, Batch, base::Now now, auto& out) mutable {
    const Json upgrade = UpgradeIn(cluster);
    const Json& entries = ValueAt(upgrade, {"status", "tokenRefresh", "inProgress"});
    const bool halfway = std::any_of(entries.begin(), entries.end(), [](const Json& entry) {
      return TextAt(entry, {"namespace"}) == "shop" &&
             NumberAt(entry, {"left"}) < NumberAt(entry, {"old"});
    });
    if (!halfway) {
      return;
    }
    since = since.value_or(now.steady);
    for (const auto& [key, pod] : cluster.database.All(Kind::kPod)) {
      if (now.steady > *since + minutes{1} && key.starts_with("shop/web") &&
          IsOfSet(pod->value()) && IsReadyPod(pod->value()) &&
          TextAt(pod->value(), {"metadata", "creationTimestamp"}) <=
              TextAt(upgrade, {"status", "tokenRefresh", "change", "since"})) {
        AddEviction(pod->value(), now, out);
        since = base::SteadyTime::max() - minutes{2};
        return;
      }
    }
  };
}

/// Of a node that is not in progress, while another one is.
Tamper EvictsBesideNodes(Cluster& cluster) {
  return [&cluster, done = false](const std::string&, Batch, base::Now now, auto& out) mutable {
    const Json upgrade = UpgradeIn(cluster);
    const Json& nodes = ValueAt(upgrade, {"status", "inProgress"});
    if (nodes.empty() || done) {
      return;
    }
    for (const auto& [key, pod] : cluster.database.All(Kind::kPod)) {
      const std::string node = NodeNameOf(pod->value());
      if (IsOfSet(pod->value()) && !node.empty() && node != TextAt(nodes[0], {"name"})) {
        AddEviction(pod->value(), now, out);
        done = true;
        return;
      }
    }
  };
}

}  // namespace

std::vector<Mutant> MutantsOfTokens() {
  Scenario off = PlainScenario(3);
  off.undisturbed = true;
  off.fixture = "volumes";
  off.rotation.emplace();
  off.rotation->kind = Rotation::Kind::kHard;
  off.rotation->at = minutes{3};
  Scenario report = off;
  report.spec["tokenRefresh"]["mode"] = "Report";
  Scenario refresh = report;
  refresh.spec["tokenRefresh"]["mode"] = "Auto";
  refresh.applications = true;
  refresh.rotation->at = minutes{8};
  Scenario afterwards = refresh;
  afterwards.rotation->at = minutes{40};
  return {{"evicts a pod that is fresh", "P30", refresh, EvictsFreshPods},
          {"evicts the next pod of a workload too early", "P29", afterwards, EvictsTheNextTooEarly},
          {"evicts for tokens while a node is in progress", "P28", refresh, EvictsBesideNodes},
          {"evicts pods that hold old tokens", "P25", report, EvictsStalePods},
          {"restarts workloads that hold old tokens", "P25", report, RestartsWorkloads},
          {"asks for the accepted keys with mode Disabled", "P25", off, AsksWhenDisabled},
          {"says Fresh while pods are stale", "P26", report, FreshTooEarly}};
}

}  // namespace cu::simulation
