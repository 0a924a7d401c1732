#include "unit/planner/scene.hpp"

#include <algorithm>
#include <utility>

#include <catch2/catch.hpp>

#include "planner/gates/survey.hpp"

namespace cu::planner {
namespace {

std::string NameOfStatus(api::ConditionStatus status) {
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

const api::Condition* FindCondition(const api::ClusterUpgradeStatus& status,
                                    const std::string& type) {
  const auto found = std::find_if(
      status.conditions.begin(), status.conditions.end(), [&](const api::Condition& condition) {
        return NameOf(condition.type) == type;
      });
  return found == status.conditions.end() ? nullptr : &*found;
}

template <class Objects, class Object>
void Put(Objects& objects, std::string key, Object object) {
  objects[std::move(key)] = std::move(object);
}

}  // namespace

Scene::Scene(const api::ClusterUpgrade& upgrade) : self{"", "", kJobNamespace, {}, 1} {
  upgrades.emplace(upgrade.meta.name, upgrade);
}

Scene& Scene::Add(api::Node node) {
  pods.try_emplace(node.meta.name);
  const std::string name = node.meta.name;
  Put(nodes, name, std::move(node));
  return *this;
}

Scene& Scene::Add(const std::string& node, api::Pod pod) {
  pod.node_name = node;
  const std::string key = pod.meta.Key();
  Put(pods[node], key, std::move(pod));
  return *this;
}

Scene& Scene::Add(api::PodDisruptionBudget budget) {
  const std::string key = budget.meta.Key();
  Put(budgets, key, std::move(budget));
  return *this;
}

Scene& Scene::Add(api::Job job) {
  const std::string key = job.meta.Key();
  Put(jobs, key, std::move(job));
  return *this;
}

Scene& Scene::Add(api::ClusterUpgrade other) {
  const std::string name = other.meta.name;
  Put(upgrades, name, std::move(other));
  return *this;
}

Scene& Scene::WatchAllPods() {
  for (const auto& [name, node] : nodes) {
    open.insert({WatchKind::kPodsOnNode, name});
  }
  open.insert({WatchKind::kControlPlanePods, ""});
  open.insert({WatchKind::kValidatingWebhooks, ""});
  open.insert({WatchKind::kMutatingWebhooks, ""});
  return *this;
}

void Scene::Edit() {
  ++upgrade().meta.generation;
  spec().fingerprint += "+";
}

void Scene::AskForRetry(const std::string& value) {
  upgrade().meta.annotations[std::string(api::kRetry)] = value;
}

void Scene::Pass(int seconds) {
  now.wall += std::chrono::seconds(seconds);
  now.steady += std::chrono::seconds(seconds);
}

void Scene::Answer(const Action& action, Outcome outcome, const std::string& message) {
  results[KeyOf(action)] = {outcome, 1, now.steady, now.wall, message, {}};
}

World Scene::MakeWorld() const {
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
    ShowWatch(wanted, world);
  }
  world.results = &results;
  world.own_tokens = &own_tokens;
  const ScopeInput input{&world.upgrade->spec,
                         MarkOf(world.upgrade->meta),
                         self.node,
                         ComponentsOf(control_plane_pods)};
  scope_ = Scope(input, nodes);
  world.scope = &scope_;
  return world;
}

void Scene::ShowWatch(const WantedWatch& wanted, World& world) const {
  switch (wanted.kind) {
    case WatchKind::kPodsOnNode:
      if (pods.contains(wanted.name)) {
        world.pods[wanted.name] = {&pods.at(wanted.name), true};
      }
      return;
    case WatchKind::kNodeLease:
      world.leases[wanted.name] = {&LeaseOf(wanted.name), true};
      return;
    case WatchKind::kOwnReplicas:
      world.replicas = {&replicas, true};
      return;
    case WatchKind::kControlPlanePods:
      world.control_plane_pods = {&control_plane_pods, true};
      return;
    case WatchKind::kServerVersion:
      world.server_version = server_version;
      return;
    case WatchKind::kDeprecatedApis:
      world.deprecated_apis = &deprecated_apis;
      return;
    case WatchKind::kVolumeAttachments:
      world.attachments = {&attachments, true};
      return;
    case WatchKind::kVolume:
      world.volumes[wanted.name] = {&volumes, true};
      return;
    case WatchKind::kWholePod:
      world.whole_pods[wanted.name] = {&whole_pods[wanted.name], true};
      return;
    case WatchKind::kDaemonSet:
      world.daemon_sets[wanted.name] = {&daemon_sets[wanted.name], true};
      return;
    case WatchKind::kWorkloadPods:
      ShowWorkloads(wanted.name);
      world.workload_pods[wanted.name] = {&workload_pods[wanted.name], true};
      return;
    case WatchKind::kSelectedPods:
      ShowSelectedPods(wanted.name);
      world.selected_pods[wanted.name] = {&selected_pods[wanted.name], true};
      return;
    case WatchKind::kDeployment:
      world.deployments[wanted.name] = {&deployments, true};
      return;
    case WatchKind::kStatefulSet:
      world.stateful_sets[wanted.name] = {&stateful_sets, true};
      return;
    case WatchKind::kReplicaSet:
      world.replica_sets[wanted.name] = {&replica_sets, true};
      return;
    case WatchKind::kReplicationController:
      world.replication_controllers[wanted.name] = {&replication_controllers, true};
      return;
    case WatchKind::kSavedPods:
      world.saved_pods = {&saved_pods, true};
      return;
    case WatchKind::kRecreatedPods:
      world.recreated_pods = {&recreated_pods, true};
      return;
    case WatchKind::kValidatingWebhooks:
      world.validating_webhooks = {&validating_webhooks, true};
      return;
    case WatchKind::kMutatingWebhooks:
      world.mutating_webhooks = {&mutating_webhooks, true};
      return;
    case WatchKind::kEndpoints:
      world.endpoints[wanted.name] = {&endpoints[wanted.name], true};
      return;
    case WatchKind::kAuthority:
      world.authority = {&authority, true};
      return;
    case WatchKind::kAuthorities:
      world.authorities = {&authorities, true};
      return;
    case WatchKind::kApiServers:
      world.api_servers = {&api_servers, true};
      return;
    case WatchKind::kKeySet:
      world.key_set = key_set ? &*key_set : nullptr;
      return;
    case WatchKind::kSurvey:
      surveyed_ = survey ? *survey : LookAtAllPods();
      world.survey = &surveyed_;
      return;
  }
}

void Scene::ShowWorkloads(const std::string& ns) const {
  workload_pods[ns].clear();
  for (const auto& [node, on_node] : pods) {
    for (const auto& [key, pod] : on_node) {
      if (pod.meta.ns == ns) {
        workload_pods[ns][key] = {{ns, pod.meta.name, pod.meta.uid, pod.meta.resource_version},
                                  pod.lasting ? api::WorkloadOf(pod.meta) : std::nullopt,
                                  node,
                                  pod.ready && !pod.meta.deleted,
                                  pod.meta.deleted.has_value(),
                                  pod.finished()};
      }
    }
  }
}

/// Of the selectors, "app=…" alone is understood.
void Scene::ShowSelectedPods(const std::string& name) const {
  const std::size_t slash = name.find('/');
  const std::size_t equals = name.find("app=", slash);
  selected_pods[name].clear();
  for (const auto& [node, on_node] : pods) {
    for (const auto& [key, pod] : on_node) {
      const auto app = pod.meta.labels.find("app");
      const bool selected = equals == std::string::npos || (app != pod.meta.labels.end() &&
                                                            app->second == name.substr(equals + 4));
      if (pod.meta.ns == name.substr(0, slash) && selected) {
        selected_pods[name][key] = pod;
      }
    }
  }
}

const api::ObjectMap<api::Lease>& Scene::LeaseOf(const std::string& node) const {
  if (const auto set = leases.find(node); set != leases.end()) {
    return set->second;
  }
  living_[node][node].renew_time = base::FormatTime(now.wall);
  return living_[node];
}

Survey Scene::LookAtAllPods() const {
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

Plan Scene::Look() {
  Plan plan = MakePlan(MakeWorld(), memory);
  memory = plan.memory;
  return agrees_to_dry_runs && AgreeTo(plan.actions) ? Look() : plan;
}

/// False if there was nothing to be agreed to.
bool Scene::AgreeTo(const std::vector<Action>& actions) {
  bool agreed = false;
  for (const Action& action : actions) {
    const ActionKind kind = KeyOf(action).kind;
    const bool dry = kind == ActionKind::kDryRunPod || kind == ActionKind::kDryRunCordon;
    if (dry && ResultOf(results, action) == nullptr) {
      Answer(action, Outcome::kAccepted);
      agreed = true;
    }
  }
  return agreed;
}

bool Scene::Adopt(const Plan& plan) {
  const bool changed = plan.status != status() || plan.watches != open;
  open = plan.watches;
  const api::ClusterUpgradeStatus before = std::exchange(status(), plan.status);
  if (on_adopt) {
    on_adopt(before);
  }
  return changed;
}

Plan Scene::Settle() {
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

api::NodeInWork* Scene::Entry(const std::string& name) {
  auto& entries = status().in_progress;
  const auto found = std::find_if(
      entries.begin(), entries.end(), [&](const auto& entry) { return entry.name == name; });
  return found == entries.end() ? nullptr : &*found;
}

std::string Scene::StepOf(const std::string& name) {
  const api::NodeInWork* entry = Entry(name);
  return entry == nullptr ? "-" : NameOf(entry->step);
}

Lines Scene::BlockedBy(const std::string& name) {
  Lines lines;
  for (const api::BlockedBy& by : Entry(name)->blocked_by) {
    lines.push_back(NameOf(by.kind) + " " + by.name + " " + NameOf(by.reason));
  }
  return lines;
}

Lines Scene::WarningLines() const {
  Lines lines;
  for (const api::Warning& warning : upgrades.at(subject).status.warnings) {
    lines.push_back(LineOf(warning));
  }
  return lines;
}

std::string Scene::InWork() const {
  std::string names;
  for (const auto& entry : upgrades.at(subject).status.in_progress) {
    names += (names.empty() ? "" : " ") + entry.name;
  }
  return names;
}

std::string Scene::ReasonOfFailure() const {
  const auto& failures = upgrades.at(subject).status.failures;
  return failures.empty() ? "" : NameOf(failures.front().reason);
}

std::string Scene::ConditionOf(const std::string& type) const {
  const api::Condition* condition = FindCondition(upgrades.at(subject).status, type);
  return condition == nullptr ? "absent"
                              : NameOfStatus(condition->status) + " " + condition->reason;
}

std::string Scene::Conditions() const {
  std::string text;
  std::string reason;
  for (const char* type : {"Ready", "Reconciling", "Stalled"}) {
    const std::string condition = ConditionOf(type);
    text += condition.substr(0, 1) + " ";
    reason = condition.substr(condition.find(' ') + 1);
  }
  return text + reason;
}

std::string Scene::MessageOf(const std::string& type) const {
  const api::Condition* condition = FindCondition(upgrades.at(subject).status, type);
  return condition == nullptr ? "absent" : condition->message;
}

}  // namespace cu::planner
