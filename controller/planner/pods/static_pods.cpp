#include "planner/pods/static_pods.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace cu::planner {
namespace {

constexpr std::size_t kStaticPodsMax = 50;

/// As kubeadm, RKE2 and kops name them: "<component>-<node>".
constexpr auto kComponents = std::to_array<std::string_view>(
    {"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"});

bool IsOfComponent(std::string_view name) {
  return std::any_of(kComponents.begin(), kComponents.end(), [&](std::string_view component) {
    return name.starts_with(component) && name.substr(component.size()).starts_with("-");
  });
}

bool HasComponent(const api::Pod& pod, std::string_view component) {
  const auto label = pod.meta.labels.find("component");
  return label != pod.meta.labels.end() && label->second == component;
}

}  // namespace

bool IsOfControlPlane(const api::Pod& pod) {
  return pod.mirror() && pod.meta.ns == "kube-system" && IsOfComponent(pod.meta.name);
}

bool IsApiServerOrEtcd(const api::Pod& pod) {
  return pod.mirror() && pod.meta.ns == "kube-system" &&
         (pod.meta.name.starts_with("kube-apiserver-") || HasComponent(pod, "kube-apiserver") ||
          HasComponent(pod, "etcd"));
}

std::vector<std::string> ReadyStaticPods(const api::ObjectMap<api::Pod>& pods,
                                         const std::vector<std::string>& before) {
  std::vector<std::string> names = before;
  for (const bool control_plane : {true, false}) {
    for (const auto& [key, pod] : pods) {
      const bool wanted = pod.mirror() && pod.ready && IsOfControlPlane(pod) == control_plane;
      if (wanted && names.size() < kStaticPodsMax &&
          std::find(names.begin(), names.end(), key) == names.end()) {
        names.push_back(key);
      }
    }
  }
  return names;
}

std::vector<std::string> UnreadyStaticPods(const std::vector<std::string>& names,
                                           const api::ObjectMap<api::Pod>& pods) {
  std::vector<std::string> unready;
  for (const std::string& name : names) {
    const auto pod = pods.find(name);
    const bool counts = pod != pods.end() || IsOfComponent(name.substr(name.find('/') + 1));
    if (counts && (pod == pods.end() || !pod->second.ready)) {
      unready.push_back(name);
    }
  }
  return unready;
}

}  // namespace cu::planner
