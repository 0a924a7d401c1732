#include "planner/target/scope.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "api/marks.hpp"

namespace cu::planner {
namespace {

using api::HoldReason;

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

bool HoldsEtcdAlone(const api::Node& node) {
  return HasRoleLabel(node, api::kEtcdLabel) && !HasRoleLabel(node, api::kControlPlaneLabel);
}

constexpr std::array<std::string_view, 3> kLeavingTaints = {
    "ToBeDeletedByClusterAutoscaler",
    "karpenter.sh/disrupted",
    "node.cloudprovider.kubernetes.io/uninitialized"};

/// The text is what the reason means.
Skip SkipFor(api::SkipReason reason) {
  return {reason, std::string(api::kSkipReasons[static_cast<std::size_t>(reason)].meaning)};
}

std::optional<Skip> WhySkipped(const api::Node& node) {
  if (HasLabel(node, api::kExclude, "true")) {
    return SkipFor(api::SkipReason::kExcluded);
  }
  if (HasLabel(node, "type", "virtual-kubelet")) {
    return SkipFor(api::SkipReason::kVirtualNode);
  }
  if (HasLabel(node, "eks.amazonaws.com/compute-type", "fargate")) {
    return SkipFor(api::SkipReason::kFargateNode);
  }
  if (node.meta.deleted) {
    return SkipFor(api::SkipReason::kBeingDeleted);
  }
  for (const api::Taint& taint : node.taints) {
    if (std::find(kLeavingTaints.begin(), kLeavingTaints.end(), taint.key) !=
        kLeavingTaints.end()) {
      return Skip{api::SkipReason::kLeavingTaint, "taint " + taint.key};
    }
  }
  return std::nullopt;
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

bool IsMarked(const api::ClusterUpgrade& upgrade, const api::Node& node) {
  const auto mark = node.meta.annotations.find(std::string(api::kCordonedBy));
  return mark != node.meta.annotations.end() &&
         mark->second == upgrade.meta.name + "/" + upgrade.meta.uid;
}

/// Whether our Job may be the cause of what the kubelet reports: it has begun, and the node is at
/// work or has failed.
bool MayBeChangedByUs(const api::ClusterUpgrade& upgrade, const api::Node& node) {
  const auto& in_progress = upgrade.status.in_progress;
  const auto& failures = upgrade.status.failures;
  return std::any_of(in_progress.begin(),
                     in_progress.end(),
                     [&](const api::NodeInWork& entry) {
                       return entry.uid == node.meta.uid &&
                              (entry.step == api::NodeStep::kUpgrading ||
                               entry.step == api::NodeStep::kVerifying);
                     }) ||
         std::any_of(failures.begin(), failures.end(), [&](const api::NodeFailure& failure) {
           return failure.uid == node.meta.uid && failure.node_changed;
         });
}

std::optional<Skip> WhySkippedForVersion(const ScopedNode& scoped,
                                         const api::ClusterUpgrade& upgrade) {
  if (scoped.marked && MayBeChangedByUs(upgrade, *scoped.node)) {
    return std::nullopt;
  }
  const std::string& version = scoped.node->kubelet_version;
  if (!scoped.version) {
    return Skip{api::SkipReason::kVersionUnreadable,
                "kubelet version \"" + version + "\" cannot be read"};
  }
  const auto target = ParseVersion(upgrade.spec.version);
  if (!scoped.control_plane && target && *scoped.version > *target &&
      MinorsBetween(*scoped.version, *target) == 0) {
    return Skip{api::SkipReason::kNewerThanTarget, "NewerThanTarget: at " + version};
  }
  return std::nullopt;
}

ScopedNode Classify(const World& world, const api::Node& node) {
  const api::ClusterUpgradeSpec& spec = world.upgrade->spec;
  ScopedNode scoped;
  scoped.node = &node;
  scoped.control_plane = IsControlPlane(spec, node);
  scoped.api_server = scoped.control_plane && !HoldsEtcdAlone(node);
  scoped.pool = scoped.control_plane ? kControlPlanePool : PoolOf(spec, node);
  scoped.version = ParseVersion(node.kubelet_version);
  scoped.at_target = node.kubelet_version == spec.version;
  scoped.marked = IsMarked(*world.upgrade, node);
  scoped.skip = WhySkipped(node);
  if (!scoped.skip && scoped.pool.empty()) {
    scoped.skip = SkipFor(api::SkipReason::kNoPool);
  }
  if (!scoped.skip) {
    scoped.skip = WhySkippedForVersion(scoped, *world.upgrade);
  }
  return scoped;
}

/// Position in the order of work: control plane, then pools as listed, unselected nodes at the end.
std::pair<int, int> Rank(const World& world, const ScopedNode& scoped) {
  const bool own = !world.self.node.empty() && scoped.node->meta.name == world.self.node;
  if (scoped.control_plane) {
    return {scoped.api_server ? -1 : -2, own ? 1 : 0};
  }
  const auto& pools = world.upgrade->spec.pools;
  const auto found = std::find_if(
      pools.begin(), pools.end(), [&](const auto& pool) { return pool.name == scoped.pool; });
  return {static_cast<int>(found - pools.begin()), own ? 1 : 0};
}

std::optional<Hold> CheckControlPlaneVersion(const World& world,
                                             const ScopedNode& scoped,
                                             const Version& target) {
  const std::string& wanted = world.upgrade->spec.version;
  const std::string where =
      "control-plane node " + scoped.node->meta.name + " is at " + scoped.node->kubelet_version;
  if (!scoped.version) {
    return Hold::NeedsPerson(HoldReason::kVersionUnreadable, where + ", which is no version");
  }
  if (*scoped.version > target) {
    return Hold::NeedsPerson(
        HoldReason::kDowngradeRefused,
        where + ", newer than " + wanted +
            "; Kubernetes does not go back: set spec.version to at least the version of "
            "the control plane");
  }
  if (!scoped.api_server) {
    return std::nullopt;
  }
  if (MinorsBetween(*scoped.version, target) > 1) {
    return Hold::NeedsPerson(HoldReason::kMinorSkipped,
                             where + ", more than one minor before " + wanted +
                                 "; set spec.version to a release of v" +
                                 std::to_string(target.major) + "." +
                                 std::to_string(scoped.version->minor + 1) + " first");
  }
  if (scoped.skip && MinorsBetween(*scoped.version, target) > 0) {
    return Hold::NeedsPerson(
        HoldReason::kSkippedNodeTooOld,
        where + " and left alone (" + scoped.skip->text + "): no kubelet may be newer than " +
            "an API server; let it be upgraded, or choose a version of its minor");
  }
  return std::nullopt;
}

/// `api` is the oldest API server that a kubelet may meet. Nodes that hold etcd alone go before
/// the API servers, and so may be newer for a while.
std::optional<Hold> CheckKubeletVersion(const ScopedNode& scoped,
                                        const Version& api,
                                        const Version& target) {
  constexpr int kKubeletMayLagMinors = 3;
  if (!scoped.version) {
    return std::nullopt;
  }
  const std::string where =
      "node " + scoped.node->meta.name + " is at " + scoped.node->kubelet_version;
  if (!scoped.control_plane && MinorsBetween(api, *scoped.version) > 0) {
    return Hold::NeedsPerson(
        HoldReason::kSkewViolated,
        where +
            ", newer than the oldest API server; a kubelet must never be: upgrade the "
            "control plane by hand, or replace the node by an older one");
  }
  if (!scoped.skip && MinorsBetween(target, *scoped.version) > 0) {
    return Hold::NeedsPerson(
        HoldReason::kDowngradeRefused,
        where +
            ", newer than the version that is asked for by a minor; Kubernetes does not go "
            "back: set spec.version to a release of v" +
            std::to_string(scoped.version->major) + "." + std::to_string(scoped.version->minor) +
            ", or leave the node alone (label clusterupgrade.io/exclude=true)");
  }
  if (MinorsBetween(*scoped.version, target) > kKubeletMayLagMinors) {
    return Hold::NeedsPerson(
        !scoped.skip ? HoldReason::kSkewViolated : HoldReason::kSkippedNodeTooOld,
        where +
            ", more than three minors before the API server that is asked for; "
            "upgrade or remove it first");
  }
  return std::nullopt;
}

/// The oldest API server: the oldest kubelet beside one stands for it, or /version where none can
/// be seen.
std::optional<Version> OldestApiServer(const World& world, const Scope& scope) {
  std::optional<Version> oldest;
  for (const ScopedNode& scoped : scope.nodes) {
    if (scoped.api_server && scoped.version && (!oldest || *scoped.version < *oldest)) {
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

bool Scope::SeesApiServer() const {
  return std::any_of(
      nodes.begin(), nodes.end(), [](const ScopedNode& scoped) { return scoped.api_server; });
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

std::optional<Hold> CheckSupported(const api::ClusterUpgradeSpec& spec) {
  const auto refuse = [](std::string field, std::string advice) {
    return Hold::NeedsPerson(
        HoldReason::kNotSupported,
        std::move(field) + " is not supported by this release: " + std::move(advice));
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
std::optional<Hold> CheckPath(const api::ClusterUpgradeSpec& spec, const Version& api) {
  const auto stop = std::find_if(spec.path.begin(), spec.path.end(), [&](const std::string& entry) {
    const auto version = ParseVersion(entry);
    return version && *version > api;
  });
  if (stop == spec.path.end()) {
    return std::nullopt;
  }
  return Hold::NeedsPerson(
      HoldReason::kNotSupported,
      "spec.path: a stop at " + *stop +
          " is not supported by this release: leave it out, or set spec.version to " + *stop +
          " first");
}

std::optional<Hold> CheckControlPlane(const World& world,
                                      const Scope& scope,
                                      const Version& target) {
  const auto& selector = world.upgrade->spec.control_plane_selector;
  for (const ScopedNode& scoped : scope.nodes) {
    if (!scoped.control_plane) {
      continue;
    }
    if (selector && !selector->Matches(scoped.node->meta.labels)) {
      return Hold::NeedsPerson(
          HoldReason::kControlPlaneNotSelected,
          "node " + scoped.node->meta.name +
              " has a control-plane role label, but spec.controlPlane.nodeSelector does "
              "not select it; widen the selector");
    }
    if (auto halt = CheckControlPlaneVersion(world, scoped, target)) {
      return halt;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Hold> CheckTarget(const World& world, const Scope& scope) {
  const api::ClusterUpgradeSpec& spec = world.upgrade->spec;
  if (!spec.problems.empty()) {
    return Hold::NeedsPerson(HoldReason::kInvalidSpec, spec.problems.front());
  }
  const std::optional<Version> target = ParseVersion(spec.version);
  if (!target) {
    return Hold::NeedsPerson(HoldReason::kInvalidSpec,
                             "spec.version: must look like v1.36.3, not \"" + spec.version + "\"");
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
  if (!scope.SeesApiServer() && MinorsBetween(*api, *target) > 0) {
    return Hold::NeedsPerson(
        HoldReason::kSkewViolated,
        "the API server is at " + world.server_version + " and no control-plane node can " +
            "be seen: upgrade the control plane to " + spec.version + " first");
  }
  for (const ScopedNode& scoped : scope.nodes) {
    if (!scoped.api_server) {
      if (auto halt = CheckKubeletVersion(scoped, *api, *target)) {
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
