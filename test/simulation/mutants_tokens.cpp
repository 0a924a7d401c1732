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
  return {{"evicts pods that hold old tokens", "P25", report, EvictsStalePods},
          {"restarts workloads that hold old tokens", "P25", report, RestartsWorkloads},
          {"asks for the accepted keys with mode Disabled", "P25", off, AsksWhenDisabled},
          {"says Fresh while pods are stale", "P26", report, FreshTooEarly}};
}

}  // namespace cu::simulation
