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
  return names.empty() ? std::string("nobody") : rng_.Pick(names);
}

/// What people do while an upgrade runs.
void Run::People() {
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
      std::vector<std::string> jobs;
      for (const auto& [key, job] : cluster_.database.All(Kind::kJob)) {
        jobs.push_back(key);
      }
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
      PeopleOnBudgets();
      break;
    default:
      PeopleOnNodes(node);
      break;
  }
}

/// Nothing but a new generation, which the budgets' controller has yet to see.
void Run::TouchBudgets() {
  if (calm_) {
    return;
  }
  std::vector<std::string> keys;
  for (const auto& [key, budget] : cluster_.database.All(Kind::kBudget)) {
    keys.push_back(key);
  }
  for (const std::string& key : keys) {
    cluster_.EditBudget(key, [](Json& budget) {
      budget["spec"]["unhealthyPodEvictionPolicy"] = "IfHealthyBudget";
    });
  }
  cluster_.timeline.After(rng_.Between(seconds{2}, seconds{15}), [this] { TouchBudgets(); });
}

void Run::PeopleOnBudgets() {
  cluster_.budgets.Add("team", "second", "set-0", "maxUnavailable", 1);
  cluster_.budgets.Add("team", "third", "set-0", "maxUnavailable", 1);
  cluster_.timeline.After(rng_.Between(seconds{20}, minutes{5}), [this] {
    cluster_.database.Remove(Kind::kBudget, "team/second", "human");
    cluster_.database.Remove(Kind::kBudget, "team/third", "human");
  });
}

void Run::PeopleOnNodes(const std::string& node) {
  // A node in work is the more interesting one.
  std::string chosen = node;
  if (const ObjectPtr upgrade = cluster_.database.Find(Kind::kUpgrade, kUpgradeName)) {
    for (const Json& entry : ValueAt(upgrade->value(), {"status", "inProgress"})) {
      if (rng_.Chance(0.5)) {
        chosen = TextAt(entry, {"name"});
      }
    }
  }
  if (rng_.Chance(0.2)) {
    cluster_.SetNodeMetadata(chosen, "annotations", "clusterupgrade.io/keep-cordoned", "true");
  } else if (rng_.Chance(0.1)) {
    cluster_.RemoveCordonAndMark(chosen);
  } else {
    cluster_.Cordon(chosen, rng_.Chance(0.5));
  }
}

/// What machines and networks do while an upgrade runs.
void Run::Accident() {
  Process& process = *rng_.Pick(processes_);
  switch (rng_.Number(0, 10)) {
    case 0:
      network_.outage = true;
      cluster_.timeline.After(rng_.Between(seconds{1}, minutes{3}),
                              [this] { network_.outage = false; });
      break;
    case 1:
      process.Kill("by an accident");
      break;
    case 2:
      process.Stop();
      break;
    case 3:
      process.Pause(rng_.Between(seconds{1}, seconds{60}));
      break;
    case 4:
      cluster_.kubelets.Reboot(RandomNode(false), rng_.Between(seconds{5}, minutes{5}));
      break;
    case 5:
      cluster_.server.watches().Compact();
      cluster_.server.ExpirePages();
      break;
    case 6:
    case 7: {
      static const std::vector<std::string> kRights{"create pods/eviction",
                                                    "create pods",
                                                    "create podtemplates",
                                                    "delete podtemplates",
                                                    "delete pods"};
      const std::string right = rng_.Pick(kRights);
      cluster_.server.SetPermission(right, false);
      cluster_.timeline.After(rng_.Between(seconds{1}, minutes{4}),
                              [this, right] { cluster_.server.SetPermission(right, true); });
      break;
    }
    case 8:
      cluster_.server.set_quota_full(true);
      cluster_.timeline.After(rng_.Between(seconds{1}, minutes{4}),
                              [this] { cluster_.server.set_quota_full(false); });
      break;
    default:
      cluster_.server.SetTerminating("team");
      cluster_.timeline.After(rng_.Between(seconds{1}, minutes{2}),
                              [this] { cluster_.server.ClearTerminating(); });
      break;
  }
}

}  // namespace cu::simulation
