#include <utility>
#include <variant>

#include "api/labels.hpp"
#include "mutants.hpp"
#include "tampering.hpp"

namespace cu::simulation {
namespace {

using std::chrono::seconds;

bool ChangesTaints(const port::Request& request) {
  return request.method == port::Method::kJsonPatch && request.target.starts_with("/api/v1/nodes/");
}

/// Each removal of a taint does nothing while `keeps`.
template <class Keeps>
Tamper KeepsTaints(Keeps keeps) {
  return [keeps](const std::string&, Batch, base::Now, port::Reaction& out) {
    ForEachCall(out, [&](port::Request& request) {
      if (ChangesTaints(request) && request.body.find(R"("op":"remove")") != std::string::npos &&
          keeps()) {
        request.body = "[]";
      }
    });
  };
}

Tamper LeavesTaints(Cluster&) {
  return KeepsTaints([] { return true; });
}

Tamper LeavesTaintsOfDeleted(Cluster& cluster) {
  const Tamper keep = KeepsTaints([&cluster] { return IsDeleting(UpgradeIn(cluster)); });
  return [&cluster, keep, deleted = false](
             const std::string& process, Batch batch, base::Now now, port::Reaction& out) mutable {
    if (BoolAt(UpgradeIn(cluster), {"status", "outdatedNodesTainted"}) &&
        !std::exchange(deleted, true)) {
      cluster.timeline.After(seconds{1}, [&cluster] { cluster.DeleteUpgrade(kUpgradeName); });
    }
    keep(process, batch, now, out);
  };
}

/// Pauses for long as soon as a node is tainted.
Tamper KeepsTaintsWhilePaused(Cluster& cluster) {
  const Tamper keep = KeepsTaints([&cluster] {
    return BoolAt(UpgradeIn(cluster), {"spec", "paused"});
  });
  return [&cluster, keep, paused = false](
             const std::string& process, Batch batch, base::Now now, port::Reaction& out) mutable {
    if (BoolAt(UpgradeIn(cluster), {"status", "outdatedNodesTainted"}) &&
        !std::exchange(paused, true)) {
      const auto pause = [&cluster](bool wanted) {
        cluster.EditUpgrade(kUpgradeName, [&](Json& u) { u["spec"]["paused"] = wanted; });
      };
      cluster.timeline.After(seconds{1}, [pause] { pause(true); });
      cluster.timeline.After(seconds{900}, [pause] { pause(false); });
    }
    keep(process, batch, now, out);
  };
}

/// Writes the whole list.
Tamper TakesOthersTaints(Cluster& cluster) {
  cluster.timeline.After(seconds{25}, [&cluster] {
    cluster.Taint("worker-3", {{"key", "team"}, {"effect", "PreferNoSchedule"}}, true);
  });
  return [](const std::string&, Batch, base::Now, port::Reaction& out) {
    ForEachCall(out, [&](port::Request& request) {
      if (ChangesTaints(request) && request.body.find("/spec/taints/-") != std::string::npos) {
        Json patch = Json::parse(request.body);
        patch.back()["path"] = "/spec/taints";
        const Json taint = patch.back()["value"];
        patch.back()["value"] = Json::array({taint});
        request.body = patch.dump();
      }
    });
  };
}

/// Taints upgraded nodes as well.
Tamper TaintsUpgraded(Cluster& cluster) {
  return [&cluster, done = false](const std::string&, Batch, base::Now now, auto& out) mutable {
    const ObjectPtr node = cluster.database.Find(Kind::kNode, "worker-1");
    const Json upgrade = UpgradeIn(cluster);
    if (InProgress(cluster, "worker-2", "Upgrading").empty() || std::exchange(done, true)) {
      return;
    }
    const Json taint{
        {"key", api::kOutdated}, {"value", UidOf(upgrade)}, {"effect", api::kPreferNoSchedule}};
    const Json patch =
        Json::array({{{"op", "add"}, {"path", "/spec/taints"}, {"value", Json::array({taint})}}});
    Add(out,
        now,
        {port::Method::kJsonPatch, "/api/v1/nodes/" + NameOf(node->value()), patch.dump(), false});
  };
}

}  // namespace

std::vector<Mutant> MutantsOfTaints() {
  Scenario plain = PlainScenario(4);
  plain.control_planes = 0;
  return {{"leaves its taints on upgraded nodes", "P23", plain, LeavesTaints},
          {"leaves its taints behind when it is deleted", "P23", plain, LeavesTaintsOfDeleted},
          {"keeps its taints through a long pause", "P23", plain, KeepsTaintsWhilePaused},
          {"writes the whole list of a node's taints", "P23", plain, TakesOthersTaints},
          {"taints upgraded nodes", "P23", plain, TaintsUpgraded}};
}

}  // namespace cu::simulation
