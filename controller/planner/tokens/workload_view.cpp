#include "planner/tokens/workload_view.hpp"

#include "api/labels.hpp"
#include "planner/pods/evictions.hpp"

namespace cu::planner {
namespace {

/// What asks for the pods of a workload.
struct Asker {
  bool known = false;   ///< it was looked at, or nobody knows how
  bool denied = false;  ///< it may not be read
  bool gone = false;    ///< it is not there
  const api::WorkloadObject* object = nullptr;
};

template <class T>
Asker Find(const std::map<std::string, Observed<T>>& all,
           WatchKind kind,
           const std::string& key,
           Contribution& add) {
  add.Watch(kind, key);
  const auto seen = all.find(key);
  if (seen == all.end() || !seen->second.current) {
    const bool denied = seen != all.end() && !seen->second.denied.empty();
    return {denied, denied};
  }
  const auto object = seen->second.items->find(key);
  const bool gone = object == seen->second.items->end();
  return {true, false, gone, gone ? nullptr : &object->second};
}

Asker AskerOf(const World& world, const api::Workload& workload, Contribution& add) {
  const std::string key = workload.Key();
  if (workload.kind == api::kDeploymentKind) {
    return Find(world.deployments, WatchKind::kDeployment, key, add);
  }
  if (workload.kind == api::kReplicaSetKind) {
    return Find(world.replica_sets, WatchKind::kReplicaSet, key, add);
  }
  if (workload.kind == api::kDaemonSetKind) {
    return Find(world.daemon_sets, WatchKind::kDaemonSet, key, add);
  }
  if (workload.kind == api::kStatefulSetKind) {
    return Find(world.stateful_sets, WatchKind::kStatefulSet, key, add);
  }
  if (workload.kind == api::kReplicationControllerKind) {
    return Find(world.replication_controllers, WatchKind::kReplicationController, key, add);
  }
  return {true};
}

}  // namespace

const WorkloadViews::Pods* WorkloadViews::Selected(const std::string& name) {
  const auto& seen = planning_.world().selected_pods;
  const auto pods = seen.find(name);
  if (pods == seen.end() || !pods->second.current) {
    return nullptr;
  }
  const auto [all, inserted] = selected_.try_emplace(name);
  if (inserted) {
    for (const auto& [key, pod] : *pods->second.items) {
      if (!pod.finished() && !pod.meta.deleted) {
        all->second[RefreshedAs(pod)].push_back(&pod);
      }
    }
  }
  return &all->second;
}

WorkloadView WorkloadViews::Of(const api::Workload& workload, Contribution& add) {
  const World& world = planning_.world();
  WorkloadView view;
  const Asker asker = AskerOf(world, workload, add);
  if (!asker.known) {
    return view;
  }
  // Without what asks for them, its pods are among all of the namespace.
  const std::string selected =
      workload.ns + "/" + (asker.object == nullptr ? "" : asker.object->selector);
  add.Watch(WatchKind::kSelectedPods, selected);
  const Pods* pods = Selected(selected);
  if (pods == nullptr) {
    return view;
  }
  view.known = true;
  view.object = asker.object;
  view.denied = asker.denied;
  view.gone = asker.gone;
  if (asker.object != nullptr) {
    view.asked = asker.object->pods;
    view.wish = api::AnnotationOf(asker.object->meta, api::kRefresh);
  }
  const auto found = pods->find(workload);
  if (found == pods->end()) {
    return view;
  }
  view.live = found->second;
  for (const api::Pod* pod : view.live) {
    if (judge_.Counts(*pod) && judge_.IsStale(*pod)) {
      view.stale.push_back(pod);
    }
    view.ready += pod->ready && !IsLeaving(world, *pod) ? 1 : 0;
    if (view.wish.empty()) {
      view.wish = api::AnnotationOf(pod->meta, api::kRefresh);
    }
  }
  return view;
}

}  // namespace cu::planner
