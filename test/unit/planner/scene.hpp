#pragma once
#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <catch2/catch.hpp>

#include "api/names.hpp"
#include "planner/gates/survey.hpp"
#include "planner/plan.hpp"
#include "planner/pods/obstacle.hpp"
#include "unit/planner/builders.hpp"

namespace cu::planner {

/// "Cordon worker-1", "Evict team-a/web-1", …: what an action does to what.
inline std::string Describe(const Action& action) {
  const ActionKey key = KeyOf(action);
  const std::string kind = NameOf(key.kind) + " ";
  if (const auto* cordon = std::get_if<CordonNode>(&action)) {
    return kind + cordon->node +
           (cordon->desired_version.empty() ? "" : " " + cordon->desired_version);
  }
  if (const auto* create = std::get_if<CreateJob>(&action)) {
    return kind + create->job.node + " " + create->job.version + " attempt " +
           std::to_string(create->job.attempt);
  }
  if (const auto* save = std::get_if<SavePodTemplate>(&action)) {
    return kind + save->pod.ns + "/" + save->pod.pod;
  }
  if (std::holds_alternative<ExpireJob>(action)) {
    return "ExpireJob";
  }
  if (const auto* finalizer = std::get_if<SetFinalizer>(&action)) {
    return finalizer->wanted.empty() ? "ReleaseObject" : "HoldObject";
  }
  return kind + key.object.name;
}

inline std::vector<std::string> Describe(const std::vector<Action>& actions) {
  std::vector<std::string> lines;
  for (const Action& action : actions) {
    lines.push_back(Describe(action));
  }
  return lines;
}

/// A cluster as the planner sees it. Look() plans; Settle() plans until nothing durable changes.
class Scene {
 public:
  explicit Scene(const api::ClusterUpgrade& upgrade = UpgradeBuilder()) {
    upgrades.emplace(upgrade.meta.name, upgrade);
    self = {"", "", kJobNamespace, 1};
  }

  api::ClusterUpgrade& upgrade() { return upgrades.at(subject); }
  api::ClusterUpgradeSpec& spec() { return upgrade().spec; }
  api::ClusterUpgradeStatus& status() { return upgrade().status; }
  api::Node& node(const std::string& name) { return nodes.at(name); }

  Scene& Add(api::Node node) {
    const std::string name = node.meta.name;
    nodes[name] = std::move(node);
    pods.try_emplace(name);
    return *this;
  }
  Scene& Add(const std::string& node, api::Pod pod) {
    pod.node_name = node;
    const std::string key = pod.meta.Key();
    pods[node][key] = std::move(pod);
    return *this;
  }
  Scene& Add(api::PodDisruptionBudget budget) {
    const std::string key = budget.meta.Key();
    budgets[key] = std::move(budget);
    return *this;
  }
  Scene& Add(api::ClusterUpgrade other) {
    const std::string name = other.meta.name;
    upgrades[name] = std::move(other);
    return *this;
  }
  /// A changed spec, as the server and the decoder present it.
  void Edit() {
    ++upgrade().meta.generation;
    spec().fingerprint += "+";
  }
  void Pass(int seconds) {
    now.wall += std::chrono::seconds(seconds);
    now.steady += std::chrono::seconds(seconds);
  }

  World MakeWorld() const {
    World world;
    world.now = now;
    world.self = self;
    world.upgrade = &upgrades.at(subject);
    world.upgrades = &upgrades;
    world.nodes = &nodes;
    world.budgets = &budgets;
    world.jobs = &jobs;
    world.current = current;
    for (const WantedWatch& wanted : open) {
      switch (wanted.kind) {
        case WatchKind::kPodsOnNode:
          if (pods.contains(wanted.name)) {
            world.pods[wanted.name] = {&pods.at(wanted.name), true};
          }
          break;
        case WatchKind::kNodeLease:
          if (leases.contains(wanted.name)) {
            world.leases[wanted.name] = {&leases.at(wanted.name), true};
          }
          break;
        case WatchKind::kOwnReplicas:
          world.replicas = {&replicas, true};
          break;
        case WatchKind::kServerVersion:
          world.server_version = server_version;
          break;
        case WatchKind::kVolumeAttachments:
          world.attachments = {&attachments, true};
          break;
        case WatchKind::kWholePod:
          world.whole_pods[wanted.name] = {&whole_pods[wanted.name], true};
          break;
        case WatchKind::kDaemonSet:
          world.daemon_sets[wanted.name] = {&daemon_sets[wanted.name], true};
          break;
        case WatchKind::kSavedPods:
          world.saved_pods = {&saved_pods, true};
          break;
        case WatchKind::kRecreatedPods:
          world.recreated_pods = {&recreated_pods, true};
          break;
        case WatchKind::kSurvey:
          surveyed = survey ? *survey : LookAtAllPods();
          world.survey = &surveyed;
          break;
      }
    }
    world.results = &results;
    const ScopeInput input{&world.upgrade->spec, MarkOf(world.upgrade->meta), self.node};
    scope = Scope(input, nodes);
    world.scope = &scope;
    return world;
  }

  Survey LookAtAllPods() const {
    Scene closed = *this;
    closed.open.clear();
    const World world = closed.MakeWorld();
    SurveyFold fold(world);
    for (const auto& [name, volume] : volumes) {
      fold.AddVolumes(world, {volume});
    }
    for (const auto& [node, on_node] : pods) {
      for (const auto& [key, pod] : on_node) {
        fold.AddPods(world, {pod});
      }
    }
    return fold.Finish();
  }

  /// One plan; nothing is adopted but its memory.
  Plan Look() {
    Plan plan = MakePlan(MakeWorld(), memory);
    memory = plan.memory;
    return plan;
  }

  /// The plan's status becomes durable and its wanteds are opened; false when they were.
  bool Adopt(const Plan& plan) {
    const bool changed = plan.status != status() || plan.watches != open;
    open = plan.watches;
    const api::ClusterUpgradeStatus before = std::exchange(status(), plan.status);
    if (on_adopt) {
      on_adopt(before);
    }
    return changed;
  }

  /// Plans again, until nothing is left to adopt. Acts of plans before that are not acted on.
  Plan Settle() {
    constexpr int kRoundsMax = 100;
    for (int round = 0; round < kRoundsMax; ++round) {
      Plan plan = Look();
      if (!Adopt(plan)) {
        return plan;
      }
    }
    FAIL("plans never settle: " << Conditions());
    return {};
  }
  std::vector<std::string> Acts() { return Describe(Settle().actions); }

  /// The node's entry in work, or null.
  api::NodeInWork* Entry(const std::string& name) {
    auto& entries = status().in_progress;
    const auto found = std::find_if(
        entries.begin(), entries.end(), [&](const auto& entry) { return entry.name == name; });
    return found == entries.end() ? nullptr : &*found;
  }
  /// "Draining", or "-" for a node that is not in work.
  std::string StepOf(const std::string& name) {
    const api::NodeInWork* entry = Entry(name);
    return entry == nullptr ? "-" : NameOf(entry->step);
  }
  /// "Pod web DisruptionBudget", … of the node's entry.
  std::vector<std::string> BlockedBy(const std::string& name) {
    std::vector<std::string> lines;
    for (const api::BlockedBy& by : Entry(name)->blocked_by) {
      lines.push_back(NameOf(by.kind) + " " + by.name + " " + NameOf(by.reason));
    }
    return lines;
  }
  std::vector<std::string> WarningLines() {
    std::vector<std::string> lines;
    for (const api::Warning& warning : status().warnings) {
      lines.push_back(LineOf(warning));
    }
    return lines;
  }
  std::string InWork() const {
    std::string names;
    for (const auto& entry : upgrades.at(subject).status.in_progress) {
      names += (names.empty() ? "" : " ") + entry.name;
    }
    return names;
  }
  /// "True Upgraded", of one condition.
  std::string ConditionOf(const std::string& type) const {
    for (const api::Condition& condition : upgrades.at(subject).status.conditions) {
      if (NameOf(condition.type) == type) {
        return Name(condition.status) + " " + condition.reason;
      }
    }
    return "absent";
  }
  /// Ready, Reconciling and Stalled as "F T F Reason".
  std::string Conditions() const {
    std::string text;
    std::string reason;
    for (const char* type : {"Ready", "Reconciling", "Stalled"}) {
      const std::string condition = ConditionOf(type);
      text += condition.substr(0, 1) + " ";
      reason = condition.substr(condition.find(' ') + 1);
    }
    return text + reason;
  }
  std::string MessageOf(const std::string& type) const {
    for (const api::Condition& condition : upgrades.at(subject).status.conditions) {
      if (NameOf(condition.type) == type) {
        return condition.message;
      }
    }
    return "absent";
  }

  std::string subject = kUpgradeName;
  api::ObjectMap<api::ClusterUpgrade> upgrades;
  api::ObjectMap<api::Node> nodes;
  api::ObjectMap<api::PodDisruptionBudget> budgets;
  api::ObjectMap<api::Job> jobs;
  std::map<std::string, api::ObjectMap<api::Pod>> pods;      ///< by node
  std::map<std::string, api::ObjectMap<api::Lease>> leases;  ///< by node
  api::ObjectMap<api::Pod> replicas;
  // World points into them: looking makes empty ones.
  mutable std::map<std::string, api::ObjectMap<api::WholePod>> whole_pods;  ///< by "namespace/name"
  mutable std::map<std::string, api::ObjectMap<api::DaemonSet>> daemon_sets;  ///< the same
  api::ObjectMap<api::VolumeAttachment> attachments;
  api::ObjectMap<api::SavedPod> saved_pods;
  api::ObjectMap<api::Pod> recreated_pods;
  std::optional<Survey> survey;  ///< instead of what a look at all pods finds
  api::ObjectMap<api::PersistentVolume> volumes;
  mutable Survey surveyed;
  std::set<WantedWatch> open;
  std::string server_version;
  bool current = true;
  ActionResults results;
  mutable Scope scope;  ///< of the last world
  Memory memory;
  Self self;
  std::function<void(const api::ClusterUpgradeStatus& before)> on_adopt;
  base::Now now{kStart, base::SteadyTime(std::chrono::hours(1))};

 private:
  static std::string Name(api::ConditionStatus status) {
    switch (status) {
      case api::ConditionStatus::kTrue:
        return "True";
      case api::ConditionStatus::kFalse:
        return "False";
      case api::ConditionStatus::kUnknown:
        return "Unknown";
    }
    return "";
  }
};

}  // namespace cu::planner
