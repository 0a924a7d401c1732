#pragma once
#include <string>

#include "unit/planner/workers.hpp"

/// Scenes in which evicted pods come back, or do not.
namespace cu::planner {

inline const api::Workload kWeb{"team-a", "StatefulSet", "web"};

inline UpgradeBuilder WaitingForWorkloads(int nodes_at_a_time = 1) {
  return OnePool({nodes_at_a_time, false}).With([](api::ClusterUpgrade& upgrade) {
    upgrade.spec.drain.recovery_timeout_seconds = 600;
  });
}

/// One pod of a StatefulSet of namespace team-a; its UID is of its own.
inline api::Pod Replica(const std::string& set,
                        int ordinal,
                        const std::string& node,
                        int made = 1) {
  api::Pod pod =
      PodBuilder(set + "-" + std::to_string(ordinal)).On(node).OwnedBy("StatefulSet", set);
  pod.meta.uid += "-" + std::to_string(made);
  return pod;
}

/// Workers, the first two of which have a Ready pod of StatefulSet web each.
inline Scene TwoReplicas(int workers, int nodes_at_a_time = 1) {
  Scene scene = Workers(workers, WaitingForWorkloads(nodes_at_a_time));
  scene.Add("worker-1", Replica("web", 0, "worker-1"));
  scene.Add("worker-2", Replica("web", 1, "worker-2"));
  return scene;
}

/// The external tool brings the node to the version, and it is verified and released.
inline void Upgrade(Scene& scene, const std::string& node) {
  scene.node(node).kubelet_version = kNew;
  InstantCluster cluster(scene);
  cluster.Run();
  scene.Pass(10);
  cluster.Run();
}

}  // namespace cu::planner
