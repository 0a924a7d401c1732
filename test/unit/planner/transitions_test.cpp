#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <utility>

#include <catch2/catch.hpp>

#include "folder.hpp"
#include "unit/planner/components.hpp"
#include "unit/planner/instant_cluster.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

constexpr const char* kIdle = "—";
using Transition = std::pair<std::string, std::string>;

/// The rows of docs/STATES.md, each with how often it was seen.
std::map<Transition, int> ReadTable() {
  const auto root = std::filesystem::path(kTestFolder).parent_path();
  std::ifstream file(root / "docs/STATES.md");
  std::map<Transition, int> table;
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream cells(line);
    std::string bar;
    std::string from;
    std::string to;
    if (line.starts_with("| ") && std::getline(cells, bar, '|') && std::getline(cells, from, '|') &&
        std::getline(cells, to, '|')) {
      table[{from.substr(1, from.size() - 2), to.substr(1, to.size() - 2)}] = 0;
    }
  }
  table.erase({"From", "To"});
  return table;
}

/// Steps by name and UID; a failed attempt's successor counts as a step of its own.
std::map<std::string, std::pair<std::string, int>> StepsOf(
    const api::ClusterUpgradeStatus& status) {
  std::map<std::string, std::pair<std::string, int>> steps;
  for (const api::NodeInWork& entry : status.in_progress) {
    steps[entry.name + " " + entry.uid] = {NameOf(entry.step), entry.attempt};
  }
  return steps;
}

class Observer {
 public:
  Observer(Scene& scene, std::map<Transition, int>& table) : scene_(scene), table_(table) {}

  void See(const api::ClusterUpgradeStatus& before) {
    const auto old_steps = StepsOf(before);
    const auto new_steps = StepsOf(scene_.status());
    for (const auto& [node, step] : new_steps) {
      const auto old = old_steps.find(node);
      if (old == old_steps.end()) {
        Note({kIdle, step.first});
      } else if (old->second.first != step.first) {
        Change(old->second.first, step.first);
      } else if (old->second.second != step.second) {
        Change(old->second.first, step.first);
      }
    }
    for (const auto& [node, step] : old_steps) {
      if (!new_steps.contains(node)) {
        const bool there =
            std::any_of(scene_.nodes.begin(), scene_.nodes.end(), [&](const auto& n) {
              return n.second.meta.name + " " + n.second.meta.uid == node;
            });
        Note({there ? step.first : "any", kIdle});
      }
    }
  }

 private:
  void Note(const Transition& transition) {
    CAPTURE(transition.first, transition.second);
    REQUIRE(table_.contains(transition));
    ++table_[transition];
  }
  /// A node that leaves work may be started again by the same plan.
  void Change(const std::string& from, const std::string& to) {
    if (table_.contains({from, to})) {
      Note({from, to});
    } else {
      Note({from, kIdle});
      Note({kIdle, to});
    }
  }

  Scene& scene_;
  std::map<Transition, int>& table_;
};

/// A cluster in which anything may happen.
class Chaos {
 public:
  explicit Chaos(unsigned seed) : random_(seed), scene(MakeScene()), cluster_(scene) {}

  void Step() {
    switch (Below(24)) {
      case 0:
      case 1:
        return EndAJob(Below(3) != 0);
      case 2:
        return ChangeANode();
      case 3:
        return User();
      case 4:
        return EditObject();
      case 5:
        return scene.Pass(static_cast<int>(Below(700)));
      case 6:
        return scene.Pass(static_cast<int>(Below(2000)));
      case 7:
        return Pods();
      case 8:
        return RefuseAnAction();
      case 9:
        return ApplyLate();
      default:
        scene.Pass(static_cast<int>(Below(12)));
        return ApplyPlan();
    }
  }

 private:
  unsigned Below(unsigned bound) { return static_cast<unsigned>(random_() % bound); }

  Scene MakeScene() {
    UpgradeBuilder upgrade;
    if (Below(3) != 0) {
      upgrade.ByJob();
    }
    if (Below(4) == 0) {
      upgrade.With([](api::ClusterUpgrade& u) { u.spec.drain.when = api::DrainWhen::kNever; });
    }
    const unsigned policy = Below(3);
    const bool waits = Below(3) == 0;
    const bool pulls = Below(2) == 0;
    upgrade.With([&](api::ClusterUpgrade& u) {
      u.spec.failure_policy.max_failed_nodes = 2;
      u.spec.executor.pre_pull = pulls;
      u.spec.drain.on_timeout = policy == 0   ? api::DrainTimeoutPolicy::kFail
                                : policy == 1 ? api::DrainTimeoutPolicy::kSkip
                                              : api::DrainTimeoutPolicy::kDelete;
      if (waits) {
        u.spec.drain.wait_for_pods =
            api::WaitForPods{api::AnySelector{{api::LabelSelector{{{"app", "web"}}, {}}}}, 600};
      }
    });
    Scene made(upgrade);
    made.Add(ControlPlaneNode("m")).Add(Worker("w-1")).Add(Worker("w-2"));
    if (Below(3) == 0) {
      UseKubeadm(made);
      ShowComponents(made, "m", kOld);
      if (Below(4) != 0) {
        made.Add(ControlPlaneNode("m-2"));
        ShowComponents(made, "m-2", kOld);
      }
    }
    made.Add("w-1", PodBuilder("web-1").Label("app", "web"));
    made.Add("w-1", PodBuilder("net-1").OwnedBy("DaemonSet", "net"));
    made.Add("w-2", PodBuilder("web-2").Label("app", "web"));
    return made;
  }
  api::Node& AnyNode() {
    return std::next(scene.nodes.begin(), Below(static_cast<unsigned>(scene.nodes.size())))->second;
  }
  void ApplyPlan() {
    const Plan plan = scene.Look();
    if (scene.Adopt(plan)) {
      return;
    }
    for (const Action& action : plan.actions) {
      if (Below(4) != 0) {
        cluster_.Apply(action);
      } else if (std::holds_alternative<CreateJob>(action) ||
                 std::holds_alternative<CordonNode>(action)) {
        late_.push_back(action);
      }
    }
  }
  /// An action that was sent a while ago reaches the server only now.
  void ApplyLate() {
    if (!late_.empty()) {
      cluster_.Apply(late_.back());
      late_.clear();
    }
  }
  void EndAJob(bool well) {
    for (auto& [key, job] : scene.jobs) {
      if (job.complete || job.failed) {
        continue;
      }
      if (job.meta.labels.contains(api::kJobPullsImages)) {
        return EndAPull(job.meta.name, well);
      }
      api::Node& node = scene.node(job.meta.annotations.at(std::string(api::kJobNode)));
      if (Below(4) != 0) {
        Upgrade(node, scene.Entry(node.meta.name));
      }
      if (Below(6) == 0) {
        cluster_.CarryOut(DeleteJob{job.meta.name, job.meta.uid});
      } else if (Below(6) == 0) {
        auto& pod = scene.pods[node.meta.name][key + "-pod"];
        pod.started = false;
      } else {
        well ? cluster_.CompleteJob(job.meta.name) : cluster_.FailJob(job.meta.name);
      }
      return;
    }
  }
  void EndAPull(const std::string& name, bool well) {
    if (well) {
      return cluster_.CompleteJob(name);
    }
    for (auto& [node, pods] : scene.pods) {
      if (const auto pod = pods.find(std::string(kJobNamespace) + "/" + name + "-pod");
          pod != pods.end()) {
        pod->second.lacks_image = true;
        pod->second.problem = "ErrImagePull: no such image";
      }
    }
  }
  /// What the program of a Job does to its node, in the stage of the entry if there is one.
  void Upgrade(api::Node& node, const api::NodeInWork* entry) {
    const std::string version = entry == nullptr ? kNew : entry->version;
    const bool apart = HasStages(scene.spec()) && node.meta.name[0] == 'm';
    if (apart && entry != nullptr && entry->stage != api::Stage::kNode) {
      ShowComponents(scene, node.meta.name, version);
    }
    if (!apart || entry == nullptr || entry->stage != api::Stage::kControlPlane) {
      node.kubelet_version = version;
    }
  }
  void ChangeANode() {
    api::Node& node = AnyNode();
    switch (Below(6)) {
      case 0:
        node.ready = !node.ready;
        node.ready_since = scene.now.wall;
        return;
      case 1:
        node.meta.uid += "+";
        node.unschedulable = false;
        node.meta.annotations.clear();
        return;
      case 2:
        node.boot_id += "+";
        return;
      default:
        node.ready = true;
        if (const auto* entry = scene.Entry(node.meta.name);
            entry != nullptr && entry->step == api::NodeStep::kUpgrading) {
          Upgrade(node, entry);
        }
        return;
    }
  }
  void User() {
    api::Node& node = AnyNode();
    auto& annotations = node.meta.annotations;
    switch (Below(5)) {
      case 0:
        node.unschedulable = false;
        return;
      case 1:
        node.unschedulable = true;
        return;
      case 2:
        if (node.meta.labels.erase(std::string(api::kExclude)) == 0) {
          node.meta.labels[std::string(api::kExclude)] = "true";
        }
        return;
      case 3:
        if (annotations.erase(std::string(api::kKeepCordoned)) == 0) {
          annotations[std::string(api::kKeepCordoned)] = "true";
        }
        return;
      default:
        annotations.erase(std::string(api::kCordonedBy));
        return;
    }
  }
  void EditObject() {
    switch (Below(6)) {
      case 0:
        scene.spec().paused = !scene.spec().paused;
        ++scene.upgrade().meta.generation;
        return;
      case 1:
        scene.spec().version = Below(2) == 0 ? "v1.36.4" : "v1.99.0";
        return scene.Edit();
      case 2:
        if (Below(4) == 0) {
          scene.upgrade().meta.deleted = scene.now.wall;
        }
        return;
      case 3:
        scene.current = !scene.current;
        return;
      default:
        scene.spec().version = kNew;
        scene.current = true;
        scene.upgrade().meta.annotations[std::string(api::kRetry)] = std::to_string(Below(1000));
        return scene.Edit();
    }
  }
  void Pods() {
    const std::string node = AnyNode().meta.name;
    const std::string name = "web-" + std::to_string(Below(5));
    if (Below(3) == 0) {
      scene.Add(BudgetFor("web", static_cast<int>(Below(2))));
    } else if (Below(2) == 0) {
      scene.Add(node, PodBuilder(name).Label("app", "web"));
    } else {
      scene.pods[node].erase("team-a/" + name);
    }
  }
  void RefuseAnAction() {
    for (const Action& action : scene.Look().actions) {
      const auto refused = Below(2) == 0 ? Outcome::kInvalid : Outcome::kForbidden;
      scene.Answer(action, refused, "no");
    }
  }

  std::mt19937 random_;

 public:
  Scene scene;

 private:
  InstantCluster cluster_;
  std::vector<Action> late_;
};

void CheckPlan(Scene& scene) {
  int control_plane_nodes = 0;
  for (const api::NodeInWork& entry : scene.status().in_progress) {
    const bool released = entry.step == api::NodeStep::kUncordoning;
    control_plane_nodes += entry.name.starts_with("m") && !released ? 1 : 0;
  }
  REQUIRE(control_plane_nodes <= 1);
  const Plan plan = scene.Look();
  for (const Action& action : plan.actions) {
    const auto* create = std::get_if<CreateJob>(&action);
    REQUIRE((create == nullptr || create->dry_run || scene.StepOf(create->job.node) != "-"));
  }
}

}  // namespace

TEST_CASE("random worlds take the transitions of docs/STATES.md, all of them and no others",
          "[planner]") {
  std::map<Transition, int> table = ReadTable();
  REQUIRE(table.size() > 10);
  for (unsigned seed = 1; seed <= 400; ++seed) {
    CAPTURE(seed);
    Chaos chaos(seed);
    Observer observer(chaos.scene, table);
    chaos.scene.on_adopt = [&](const auto& before) { observer.See(before); };
    for (int step = 0; step < 250; ++step) {
      chaos.Step();
      CheckPlan(chaos.scene);
    }
  }
  for (const auto& [transition, seen] : table) {
    CAPTURE(transition.first, transition.second);
    CHECK(seen > 0);
  }
}
