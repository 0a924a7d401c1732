#pragma once
#include <string>
#include <vector>

#include "planner/tokens/stale_pods.hpp"
#include "unit/planner/tokens/token_scene.hpp"

/// Clusters in which pods with old credentials are replaced.
namespace cu::planner {

/// A pod with a token of ReplicaSet `set`, on worker w, Ready.
inline api::Pod HolderOf(const std::string& ns,
                         const std::string& set,
                         const std::string& name,
                         int created = -500) {
  api::Pod pod = PodBuilder(name).In(ns).On("w").OwnedBy("ReplicaSet", set);
  pod.meta.uid = ns + "-" + name + "-uid";
  pod.holds_token = true;
  pod.accepted = true;
  pod.meta.created = After(created);
  return pod;
}

inline void AddSet(Scene& scene, const std::string& ns, const std::string& name, int replicas) {
  api::ReplicaSet& set = scene.replica_sets[ns + "/" + name];
  set.meta.ns = ns;
  set.meta.name = name;
  set.pods = replicas;
}

/// An upgraded cluster in mode Auto whose key was changed, softly unless said otherwise. Pods web-1
/// to web-3 of ReplicaSet shop/web hold old tokens.
inline Scene ChangedCluster(bool soft = true) {
  Scene scene = QuietCluster();
  scene.spec().token_refresh.mode = api::TokenRefreshMode::kAuto;
  scene.Edit();
  scene.pods["w"].clear();
  AddSet(scene, "shop", "web", 3);
  for (const char* name : {"web-1", "web-2", "web-3"}) {
    scene.Add("w", HolderOf("shop", "web", name));
  }
  ChangeKey(scene, soft);
  return scene;
}

/// The change has settled.
inline Scene SettledCluster(bool soft = true) {
  Scene scene = ChangedCluster(soft);
  scene.Settle();
  PassWithServers(scene, 120);
  scene.Settle();
  return scene;
}

inline api::Pod& PodIn(Scene& scene, const std::string& key) {
  return scene.pods["w"].at(key);
}

/// The evicted pod is gone, and its controller has created another one, Ready.
inline void Replace(Scene& scene, const std::string& key, const std::string& by) {
  const api::Pod old = PodIn(scene, key);
  scene.pods["w"].erase(key);
  api::Pod fresh = HolderOf(old.meta.ns, old.meta.controller->name, by, 180);
  scene.Add("w", fresh);
}

/// "shop/web (ReplicaSet) 2/3", of the workloads in work: pods left of those that were old.
inline Lines WorkOf(Scene& scene) {
  Lines lines;
  for (const api::WorkloadInWork& entry : TokensOf(scene).in_progress) {
    lines.push_back(LineOf(entry.workload) + " " + std::to_string(entry.left) + "/" +
                    std::to_string(entry.old));
  }
  return lines;
}

}  // namespace cu::planner
