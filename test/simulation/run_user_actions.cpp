#include <utility>

#include "run.hpp"

namespace cu::simulation {

using std::chrono::minutes;
using std::chrono::seconds;

std::string Run::RandomNode(bool workers_only) {
  std::vector<std::string> names;
  for (const auto& [name, node] : cluster_.database.All(Kind::kNode)) {
    if (!workers_only || name.starts_with("worker")) {
      names.push_back(name);
    }
  }
  return names.empty() ? std::string("no-such-node") : rng_.Pick(names);
}

/// One random action of a user during the upgrade.
void Run::UserAction() {
  const auto edit = [this](const std::function<void(Json&)>& change) {
    cluster_.EditUpgrade(kUpgradeName, change);
  };
  const std::string node = RandomNode(false);
  switch (rng_.Number(0, 12)) {
    case 0:
      edit([](Json& upgrade) { upgrade["spec"]["paused"] = true; });
      cluster_.timeline.After(rng_.Between(seconds{1}, minutes{10}), [edit] {
        edit([](Json& upgrade) { upgrade["spec"]["paused"] = false; });
      });
      break;
    case 1:
      edit([this](Json& upgrade) {
        upgrade["spec"]["version"] = scenario_.to == "v1.36.3" ? "v1.36.4" : "v1.35.10";
      });
      break;
    case 2:
      edit([this](Json& upgrade) {
        upgrade["spec"]["failurePolicy"]["maxAttempts"] = rng_.Number(1, 3);
      });
      break;
    case 3: {
      const std::vector<std::string> jobs = cluster_.database.Keys(Kind::kJob);
      if (!jobs.empty()) {
        cluster_.DeleteJob(rng_.Pick(jobs));
      }
      break;
    }
    case 4:
      cluster_.ReplaceNode(RandomNode(true), scenario_.from);
      break;
    case 5:
      Retry();
      break;
    case 6: {
      const std::string name = "worker-9" + std::to_string(++joined_);
      cluster_.kubelets.Join(name, scenario_.from, false);
      cluster_.SetNodeMetadata(name, "labels", "pool", "1");
      break;
    }
    case 7:
      cluster_.SetNodeMetadata(node, "labels", "clusterupgrade.io/exclude", "true");
      cluster_.timeline.After(rng_.Between(seconds{1}, minutes{20}), [this, node] {
        cluster_.SetNodeMetadata(node, "labels", "clusterupgrade.io/exclude", nullptr);
      });
      break;
    case 8:
    case 9:
      UserActionOnBudgets();
      break;
    default:
      UserActionOnNodes(node);
      break;
  }
}

/// Each edit is a new generation, so that the status is stale until the disruption controller has
/// seen it.
void Run::RewriteBudgets() {
  if (in_liveness_phase_) {
    return;
  }
  const std::vector<std::string> keys = cluster_.database.Keys(Kind::kBudget);
  for (const std::string& key : keys) {
    cluster_.EditBudget(key, [](Json& budget) {
      budget["spec"]["unhealthyPodEvictionPolicy"] = "IfHealthyBudget";
    });
  }
  cluster_.timeline.After(rng_.Between(seconds{2}, seconds{15}), [this] { RewriteBudgets(); });
}

void Run::UserActionOnBudgets() {
  cluster_.budgets.Add("team", "second", "set-0", "maxUnavailable", 1);
  cluster_.budgets.Add("team", "third", "set-0", "maxUnavailable", 1);
  cluster_.timeline.After(rng_.Between(seconds{20}, minutes{5}), [this] {
    cluster_.database.Remove(Kind::kBudget, "team/second", "human");
    cluster_.database.Remove(Kind::kBudget, "team/third", "human");
  });
}

/// Applications are scaled, rolled out and deleted.
void Run::UserActionOnApplications() {
  const std::vector<std::string> applications = cluster_.workloads.Applications();
  if (applications.empty()) {
    return;
  }
  const std::string& uid = rng_.Pick(applications);
  if (rng_.Chance(0.4)) {
    cluster_.workloads.Scale(uid, rng_.Number(0, 5));
  } else if (rng_.Chance(0.8)) {
    cluster_.workloads.RollOut(uid);
  } else {
    cluster_.workloads.Delete(uid);
  }
}

void Run::UserActionOnNodes(const std::string& node) {
  // Preferably a node that is in progress.
  std::string chosen = node;
  if (const ObjectPtr upgrade = cluster_.database.Find(Kind::kUpgrade, kUpgradeName)) {
    for (const Json& entry : ValueAt(upgrade->value(), {"status", "inProgress"})) {
      if (rng_.Chance(0.5)) {
        chosen = TextAt(entry, {"name"});
      }
    }
  }
  if (rng_.Chance(0.1)) {
    UserActionOnTaints(RandomNode(true));
  } else if (rng_.Chance(0.2)) {
    cluster_.SetNodeMetadata(chosen, "annotations", "clusterupgrade.io/keep-cordoned", "true");
  } else if (rng_.Chance(0.1)) {
    cluster_.RemoveCordonAndMark(chosen);
  } else {
    cluster_.Cordon(chosen, rng_.Chance(0.5));
  }
}

/// Taints of users, of our key or of another one, and ours that a user takes away.
void Run::UserActionOnTaints(const std::string& node) {
  const Json theirs{{"key", rng_.Chance(0.5) ? "clusterupgrade.io/outdated" : "team"},
                    {"value", "red"},
                    {"effect", "PreferNoSchedule"}};
  cluster_.Taint(node, theirs, rng_.Chance(0.7));
}

}  // namespace cu::simulation
