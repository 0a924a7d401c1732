#pragma once
#include <string>

#include "unit/planner/scene.hpp"

namespace cu::planner {

/// The static pods of the control plane on the node, Ready at the version.
inline void ShowComponents(Scene& scene, const std::string& node, const std::string& version) {
  for (const std::string component :
       {"kube-apiserver", "kube-controller-manager", "kube-scheduler"}) {
    api::Pod pod = PodBuilder(component + "-" + node).In("kube-system").On(node);
    pod.meta.labels = {{"component", component}, {"tier", "control-plane"}};
    pod.meta.annotations["kubernetes.io/config.mirror"] = "hash";
    pod.meta.controller.reset();
    pod.mirror_image = "registry.k8s.io/" + component + ":" + version;
    scene.control_plane_pods[pod.meta.Key()] = pod;
    scene.pods[node][pod.meta.Key()] = pod;
  }
}

/// The etcd of a control plane that is shown, on the node.
inline void ShowEtcd(Scene& scene, const std::string& node, const std::string& tag) {
  api::Pod etcd = scene.control_plane_pods.begin()->second;
  etcd.meta.name = "etcd-" + node;
  etcd.meta.labels["component"] = "etcd";
  etcd.mirror_image = "registry.k8s.io/etcd:" + tag;
  scene.control_plane_pods[etcd.meta.Key()] = etcd;
}

/// Executor Kubeadm, with an image.
inline void UseKubeadm(Scene& scene) {
  scene.spec().executor.type = api::ExecutorType::kKubeadm;
  scene.self.executor_images.kubeadm = "registry.example.com/kubeadm";
}

}  // namespace cu::planner
