#include "planner/scope.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "api/marks.hpp"

namespace cu::planner {
namespace {

bool HasLabel(const api::Node& node, std::string_view key, std::string_view value) {
  const auto label = node.meta.labels.find(std::string(key));
  return label != node.meta.labels.end() && label->second == value;
}

bool HasRoleLabel(const api::Node& node, std::string_view key) {
  return node.meta.labels.contains(std::string(key));
}

bool LooksLikeControlPlane(const api::Node& node) {
  return HasRoleLabel(node, api::kControlPlaneLabel) || HasRoleLabel(node, api::kEtcdLabel);
}

bool IsControlPlane(const api::ClusterUpgradeSpec& spec, const api::Node& node) {
  return LooksLikeControlPlane(node) ||
         (spec.control_plane_selector && spec.control_plane_selector->Matches(node.meta.labels));
}

constexpr std::array<std::string_view, 3> kLeavingTaints = {
    "ToBeDeletedByClusterAutoscaler",
    "karpenter.sh/disrupted",
    "node.cloudprovider.kubernetes.io/uninitialized"};

std::string WhySkipped(const api::Node& node) {
  if (HasLabel(node, api::kExclude, "true")) {
    return "label clusterupgrade.io/exclude=true";
  }
  if (HasLabel(node, "type", "virtual-kubelet")) {
    return "virtual node (type=virtual-kubelet)";
  }
  if (HasLabel(node, "eks.amazonaws.com/compute-type", "fargate")) {
    return "Fargate node";
  }
  if (node.meta.deleted) {
    return "being deleted";
  }
  for (const api::Taint& taint : node.taints) {
    if (std::find(kLeavingTaints.begin(), kLeavingTaints.end(), taint.key) !=
        kLeavingTaints.end()) {
      return "taint " + taint.key;
    }
  }
  return "";
}

std::string PoolOf(const api::ClusterUpgradeSpec& spec, const api::Node& node) {
  if (spec.pools.empty()) {
    return api::PoolSpec{}.name;
  }
  for (const api::PoolSpec& pool : spec.pools) {
    if (!pool.node_selector || pool.node_selector->Matches(node.meta.labels)) {
      return pool.name;
    }
  }
  return "";
}

ScopedNode Classify(const World& world, const api::Node& node) {
  const api::ClusterUpgradeSpec& spec = world.upgrade->spec;
  ScopedNode scoped;
  scoped.node = &node;
  scoped.control_plane = IsControlPlane(spec, node);
  scoped.pool = scoped.control_plane ? kControlPlanePool : PoolOf(spec, node);
  scoped.version = ParseVersion(node.kubelet_version);
  scoped.at_target = node.kubelet_version == spec.version;
  scoped.skipped = WhySkipped(node);
  const std::optional<Version> target = ParseVersion(spec.version);
  if (!scoped.skipped.empty()) {
    return scoped;
  }
  if (scoped.pool.empty()) {
    scoped.skipped = "no pool selects it";
  } else if (!scoped.version) {
    scoped.skipped = "kubelet version \"" + node.kubelet_version + "\" cannot be read";
  } else if (!scoped.control_plane && target && *scoped.version > *target &&
             MinorsBetween(*scoped.version, *target) == 0) {
    scoped.skipped = "NewerThanTarget: at " + node.kubelet_version;
  }
  return scoped;
}

/// Position in the order of work: control plane, then pools as listed, unselected nodes at the end.
std::pair<int, int> Rank(const World& world, const ScopedNode& scoped) {
  const bool own = !world.self.node.empty() && scoped.node->meta.name == world.self.node;
  if (scoped.control_plane) {
    const bool etcd_only = !HasRoleLabel(*scoped.node, api::kControlPlaneLabel) &&
                           HasRoleLabel(*scoped.node, api::kEtcdLabel);
    return {etcd_only ? -2 : -1, own ? 1 : 0};
  }
  const auto& pools = world.upgrade->spec.pools;
  const auto found = std::find_if(
      pools.begin(), pools.end(), [&](const auto& pool) { return pool.name == scoped.pool; });
  return {static_cast<int>(found - pools.begin()), own ? 1 : 0};
}

std::optional<Halt> CheckControlPlaneVersion(const World& world,
                                             const ScopedNode& scoped,
                                             const Version& target) {
  const std::string& wanted = world.upgrade->spec.version;
  const std::string where =
      "control-plane node " + scoped.node->meta.name + " is at " + scoped.node->kubelet_version;
  if (!scoped.version) {
    return Halt{"VersionUnreadable", where + ", which is no version"};
  }
  if (*scoped.version > target) {
    return Halt{"DowngradeRefused",
                where + ", newer than " + wanted +
                    "; Kubernetes does not go back: set spec.version to at least the version of "
                    "the control plane"};
  }
  if (MinorsBetween(*scoped.version, target) > 1) {
    return Halt{"MinorSkipped",
                where + ", more than one minor before " + wanted +
                    "; set spec.version to a release of v" + std::to_string(target.major) + "." +
                    std::to_string(scoped.version->minor + 1) + " first"};
  }
  if (!scoped.skipped.empty() && MinorsBetween(*scoped.version, target) > 0) {
    return Halt{"SkippedNodeTooOld",
                where + " and left alone (" + scoped.skipped + "): no kubelet may be newer than " +
                    "an API server; let it be upgraded, or choose a version of its minor"};
  }
  return std::nullopt;
}

/// `api` is the oldest API server that a kubelet may meet.
std::optional<Halt> CheckWorkerVersion(const ScopedNode& scoped,
                                       const Version& api,
                                       const Version& target) {
  constexpr int kKubeletMayLagMinors = 3;
  if (!scoped.version) {
    return std::nullopt;
  }
  const std::string where =
      "node " + scoped.node->meta.name + " is at " + scoped.node->kubelet_version;
  if (MinorsBetween(api, *scoped.version) > 0) {
    return Halt{"SkewViolated",
                where +
                    ", newer than the oldest API server; a kubelet must never be: upgrade the "
                    "control plane by hand, or replace the node by an older one"};
  }
  if (MinorsBetween(*scoped.version, target) > kKubeletMayLagMinors) {
    return Halt{scoped.skipped.empty() ? "SkewViolated" : "SkippedNodeTooOld",
                where +
                    ", more than three minors before the API server that is asked for; "
                    "upgrade or remove it first"};
  }
  return std::nullopt;
}

/// The oldest API server: the oldest control-plane kubelet stands for it, or /version where no
/// control-plane node can be seen.
std::optional<Version> OldestApiServer(const World& world, const Scope& scope) {
  std::optional<Version> oldest;
  for (const ScopedNode& scoped : scope.nodes) {
    if (scoped.control_plane && scoped.version && (!oldest || *scoped.version < *oldest)) {
      oldest = scoped.version;
    }
  }
  return oldest ? oldest : ParseVersion(world.server_version);
}

}  // namespace

const ScopedNode* Scope::Find(const std::string& name) const {
  const auto found = std::find_if(nodes.begin(), nodes.end(), [&](const ScopedNode& scoped) {
    return scoped.node->meta.name == name;
  });
  return found == nodes.end() ? nullptr : &*found;
}

Scope MakeScope(const World& world) {
  Scope scope;
  for (const auto& [name, node] : *world.nodes) {
    scope.nodes.push_back(Classify(world, node));
  }
  std::stable_sort(
      scope.nodes.begin(), scope.nodes.end(), [&](const ScopedNode& a, const ScopedNode& b) {
        return Rank(world, a) < Rank(world, b);
      });
  return scope;
}

std::optional<Halt> CheckSupported(const api::ClusterUpgradeSpec& spec) {
  const auto refuse = [](std::string field, std::string advice) {
    return Halt{"NotSupported",
                std::move(field) + " is not supported by this release: " + std::move(advice)};
  };
  switch (spec.executor.type) {
    case api::ExecutorType::kKubeadm:
    case api::ExecutorType::kK3s:
    case api::ExecutorType::kRke2:
      return refuse("spec.executor.type", "use Job or External");
    case api::ExecutorType::kJob:
    case api::ExecutorType::kExternal:
      break;
  }
  return std::nullopt;
}

namespace {

/// A stop on the way: this release goes to spec.version in one step.
std::optional<Halt> CheckPath(const api::ClusterUpgradeSpec& spec, const Version& api) {
  const auto stop = std::find_if(spec.path.begin(), spec.path.end(), [&](const std::string& entry) {
    const auto version = ParseVersion(entry);
    return version && *version > api;
  });
  if (stop == spec.path.end()) {
    return std::nullopt;
  }
  return Halt{"NotSupported",
              "spec.path: a stop at " + *stop +
                  " is not supported by this release: leave it out, or set spec.version to " +
                  *stop + " first"};
}

std::optional<Halt> CheckControlPlane(const World& world,
                                      const Scope& scope,
                                      const Version& target) {
  const auto& selector = world.upgrade->spec.control_plane_selector;
  for (const ScopedNode& scoped : scope.nodes) {
    if (!scoped.control_plane) {
      continue;
    }
    if (selector && !selector->Matches(scoped.node->meta.labels)) {
      return Halt{"ControlPlaneNotSelected",
                  "node " + scoped.node->meta.name +
                      " has a control-plane role label, but spec.controlPlane.nodeSelector does "
                      "not select it; widen the selector"};
    }
    if (auto halt = CheckControlPlaneVersion(world, scoped, target)) {
      return halt;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Halt> CheckTarget(const World& world, const Scope& scope) {
  const api::ClusterUpgradeSpec& spec = world.upgrade->spec;
  if (!spec.problems.empty()) {
    return Halt{"InvalidSpec", spec.problems.front()};
  }
  const std::optional<Version> target = ParseVersion(spec.version);
  if (!target) {
    return Halt{"InvalidSpec",
                "spec.version: must look like v1.36.3, not \"" + spec.version + "\""};
  }
  if (auto halt = CheckSupported(spec)) {
    return halt;
  }
  if (auto halt = CheckControlPlane(world, scope, *target)) {
    return halt;
  }
  const std::optional<Version> api = OldestApiServer(world, scope);
  if (!api) {
    return std::nullopt;
  }
  if (auto halt = CheckPath(spec, *api)) {
    return halt;
  }
  const bool managed = std::none_of(scope.nodes.begin(), scope.nodes.end(), [](const auto& scoped) {
    return scoped.control_plane;
  });
  if (managed && MinorsBetween(*api, *target) > 0) {
    return Halt{"SkewViolated",
                "the API server is at " + world.server_version + " and no control-plane node can " +
                    "be seen: upgrade the control plane to " + spec.version + " first"};
  }
  for (const ScopedNode& scoped : scope.nodes) {
    if (!scoped.control_plane) {
      if (auto halt = CheckWorkerVersion(scoped, *api, *target)) {
        return halt;
      }
    }
  }
  return std::nullopt;
}

bool NeedsDrain(const api::DrainSpec& drain, const std::string& from, const std::string& to) {
  switch (drain.when) {
    case api::DrainWhen::kAlways:
      return true;
    case api::DrainWhen::kNever:
      return false;
    case api::DrainWhen::kMinorUpgrade: {
      const auto before = ParseVersion(from);
      const auto after = ParseVersion(to);
      return !before || !after || MinorsBetween(*before, *after) != 0;
    }
  }
  return true;
}

}  // namespace cu::planner
