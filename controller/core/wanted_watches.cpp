#include "core/wanted_watches.hpp"

#include "api/labels.hpp"
#include "base/check.hpp"
#include "base/program.hpp"

namespace cu::core {
namespace {

namespace paths = kube::paths;
using planner::WatchKind;

constexpr const char* kNodeLeases = "kube-node-lease";

template <class T>
void Put(const std::string& name,
         const planner::Observed<T>& seen,
         std::map<std::string, planner::Observed<T>>& all) {
  all[name] = seen;
}
template <class T>
void Put(const std::string&, const planner::Observed<T>& seen, planner::Observed<T>& one) {
  one = seen;
}

std::string NameSelector(std::string_view name) {
  return "metadata.name=" + std::string(name);
}

const char* WhatIs(WatchKind kind) {
  switch (kind) {
    case WatchKind::kPodsOnNode:
      return "pods";
    case WatchKind::kNodeLease:
      return "lease";
    case WatchKind::kOwnReplicas:
      return "own replicas";
    case WatchKind::kControlPlanePods:
      return "control-plane pods";
    case WatchKind::kServerVersion:
      return "server version";
    case WatchKind::kDeprecatedApis:
      return "deprecated APIs";
    case WatchKind::kVolumeAttachments:
      return "volume attachments";
    case WatchKind::kVolume:
      return "volume";
    case WatchKind::kWholePod:
      return "manifest";
    case WatchKind::kDaemonSet:
      return "daemon set";
    case WatchKind::kSavedPods:
      return "saved pods";
    case WatchKind::kRecreatedPods:
      return "pods created again";
    case WatchKind::kWorkloadPods:
      return "workloads";
    case WatchKind::kSelectedPods:
      return "selected pods";
    case WatchKind::kDeployment:
      return "deployment";
    case WatchKind::kStatefulSet:
      return "stateful set";
    case WatchKind::kReplicaSet:
      return "replica set";
    case WatchKind::kReplicationController:
      return "replication controller";
    case WatchKind::kValidatingWebhooks:
      return "validating webhooks";
    case WatchKind::kMutatingWebhooks:
      return "mutating webhooks";
    case WatchKind::kEndpoints:
      return "endpoints";
    case WatchKind::kAuthority:
      return "own certificate authorities";
    case WatchKind::kAuthorities:
      return "certificate authorities";
    case WatchKind::kApiServers:
      return "API servers";
    case WatchKind::kKeySet:
      return "accepted keys";
    case WatchKind::kSurvey:
      return "all pods";
  }
  return "";
}

}  // namespace

std::string NameOf(WatchKind kind, const std::string& name) {
  return name.empty() ? WhatIs(kind) : std::string(WhatIs(kind)) + " of " + name;
}

/// What a watch of this kind lists and watches. T: what its store holds.
template <class T>
kube::Collection WantedWatches::CollectionOf(WatchKind kind, const std::string& name) const {
  const std::size_t slash = name.find('/');
  switch (kind) {
    case WatchKind::kPodsOnNode:
      return {paths::All<T>(), "spec.nodeName=" + name, ""};
    case WatchKind::kNodeLease:
      return {paths::In<T>(kNodeLeases), NameSelector(name), ""};
    case WatchKind::kOwnReplicas:
      return {paths::In<T>(namespaces_.own),
              "",
              std::string("app.kubernetes.io/name=") + base::kProgram};
    case WatchKind::kControlPlanePods:
      return {paths::In<T>("kube-system"), "", "tier=control-plane"};
    case WatchKind::kValidatingWebhooks:
    case WatchKind::kMutatingWebhooks:
    case WatchKind::kVolumeAttachments:  // the server has no field selector for their node
      return {paths::All<T>(), "", ""};
    case WatchKind::kVolume:
      return {paths::All<T>(), NameSelector(name), ""};
    case WatchKind::kWholePod:
    case WatchKind::kDaemonSet:
    case WatchKind::kDeployment:
    case WatchKind::kStatefulSet:
    case WatchKind::kReplicaSet:
    case WatchKind::kReplicationController:
      return {paths::In<T>(name.substr(0, slash)),
              NameSelector(std::string_view(name).substr(slash + 1)),
              ""};
    case WatchKind::kEndpoints:
      return {paths::In<T>(name.substr(0, slash)),
              "",
              "kubernetes.io/service-name=" + name.substr(slash + 1)};
    case WatchKind::kSelectedPods:
      return {paths::In<T>(name.substr(0, slash)), "", name.substr(slash + 1)};
    case WatchKind::kWorkloadPods:
      return {paths::In<T>(name), "", ""};
    case WatchKind::kSavedPods:
    case WatchKind::kRecreatedPods:
      return {paths::All<T>(), "", std::string(api::kSavedPod)};
    case WatchKind::kAuthority:
      return {paths::In<T>(namespaces_.own), NameSelector(api::kRootAuthority), ""};
    case WatchKind::kAuthorities:
      return {paths::All<T>(), NameSelector(api::kRootAuthority), ""};
    case WatchKind::kApiServers:
      return {paths::In<T>("kube-system"), "", std::string(api::kApiServerIdentity)};
    case WatchKind::kServerVersion:
    case WatchKind::kDeprecatedApis:
    case WatchKind::kKeySet:
    case WatchKind::kSurvey:
      break;  // no collections
  }
  CU_CHECK(false);
  return {};
}

template <class R>
void WantedWatches::MatchRow(R& row, const std::set<std::string>& wanted, kube::Calls& calls) {
  using T = typename R::Object;
  for (auto watch = row.open.begin(); watch != row.open.end();) {
    if (wanted.contains(watch->first)) {
      ++watch;
    } else {
      watch->second->reflector.Close(calls);
      watch = row.open.erase(watch);
    }
  }
  for (const std::string& name : wanted) {
    if (!row.open.contains(name)) {
      row.open.emplace(name, std::make_unique<Watch<T>>(CollectionOf<T>(row.kKind, name)));
    }
  }
}

void WantedWatches::Match(const std::set<planner::WantedWatch>& wanted, kube::Calls& calls) {
  std::map<WatchKind, std::set<std::string>> names;
  for (const planner::WantedWatch& watch : wanted) {
    names[watch.kind].insert(watch.name);
  }
  std::apply([&](auto&... row) { (MatchRow(row, names[row.kKind], calls), ...); }, rows_);
}

const api::ObjectMap<api::Pod>* WantedWatches::ControlPlanePods() const {
  const auto& open =
      std::get<Row<WatchKind::kControlPlanePods, &planner::World::control_plane_pods>>(rows_).open;
  return open.empty() ? nullptr : &open.begin()->second->store.items();
}

void WantedWatches::Fill(planner::World& world) const {
  const auto fill = [&](const auto& row) {
    for (const auto& [name, watch] : row.open) {
      planner::Observed<typename std::decay_t<decltype(row)>::Object> seen{
          .items = &watch->store.items(),
          .current = watch->reflector.current(world.now),
          .listed = watch->reflector.listed()};
      if (watch->reflector.denied() && watch->reflector.error()) {
        seen.denied = watch->reflector.error()->message;
      }
      Put(name, seen, world.*(row.kMember));
    }
  };
  std::apply([&](const auto&... row) { (fill(row), ...); }, rows_);
}

}  // namespace cu::core
