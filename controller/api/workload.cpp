#include "api/workload.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace cu::api {
namespace {

/// The label with the template's hash, by the kind of what owns the ReplicaSet.
constexpr auto kHashLabels = std::to_array<std::pair<std::string_view, std::string_view>>(
    {{kDeploymentKind, "pod-template-hash"}, {"Rollout", "rollouts-pod-template-hash"}});

}  // namespace

Workload WorkloadOf(const Metadata& pod, const Owner& owner) {
  if (owner.kind == kReplicaSetKind) {
    for (const auto& [kind, label] : kHashLabels) {
      const auto hash = pod.labels.find(label);
      const std::string suffix = hash == pod.labels.end() ? "" : "-" + hash->second;
      if (suffix.size() > 1 && owner.name.size() > suffix.size() && owner.name.ends_with(suffix)) {
        return {pod.ns, std::string(kind), owner.name.substr(0, owner.name.size() - suffix.size())};
      }
    }
  }
  return {pod.ns, owner.kind, owner.name};
}

std::optional<Workload> WorkloadOf(const Metadata& pod) {
  if (!pod.controller || pod.controller->kind == kDaemonSetKind || pod.controller->kind == "Node") {
    return std::nullopt;
  }
  return WorkloadOf(pod, *pod.controller);
}

}  // namespace cu::api
