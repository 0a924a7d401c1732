#include "planner/target/scoped_node.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "api/labels.hpp"
#include "base/check.hpp"
#include "planner/target/node_kind.hpp"
#include "planner/target/outdated_taint.hpp"

namespace cu::planner {
namespace {

bool HasLabel(const api::Node& node, std::string_view key, std::string_view value) {
  const auto label = node.meta.labels.find(key);
  return label != node.meta.labels.end() && label->second == value;
}

/// "false" is what people write to take a role away.
bool HasRoleLabel(const api::Node& node, std::string_view key) {
  const auto label = node.meta.labels.find(key);
  return label != node.meta.labels.end() && label->second != "false";
}

/// Those of kubeadm and most others, of older releases, of RKE1 and of MicroK8s.
constexpr auto kControlPlaneLabels =
    std::to_array<std::string_view>({api::kControlPlaneLabel,
                                     "node-role.kubernetes.io/master",
                                     "node-role.kubernetes.io/controlplane",
                                     "node.kubernetes.io/microk8s-controlplane"});

bool HoldsApiServer(const api::Node& node) {
  return std::any_of(kControlPlaneLabels.begin(),
                     kControlPlaneLabels.end(),
                     [&](std::string_view key) { return HasRoleLabel(node, key); }) ||
         HasLabel(node, "kubernetes.io/role", "master");
}

bool IsControlPlane(const api::ClusterUpgradeSpec& spec, const api::Node& node) {
  return HoldsApiServer(node) || HasRoleLabel(node, api::kEtcdLabel) ||
         (spec.control_plane_selector && spec.control_plane_selector->Matches(node.meta.labels));
}

bool HoldsEtcdAlone(const api::Node& node) {
  return HasRoleLabel(node, api::kEtcdLabel) && !HoldsApiServer(node);
}

constexpr std::array<std::string_view, 3> kLeavingTaints = {
    "ToBeDeletedByClusterAutoscaler",
    "karpenter.sh/disrupted",
    "node.cloudprovider.kubernetes.io/uninitialized"};

/// The text is what the reason means.
Skip SkipFor(api::SkipReason reason) {
  return {reason, std::string(api::kSkipReasons[static_cast<std::size_t>(reason)].meaning)};
}

/// A pool that names its nodes; one that takes all that are left means no particular system.
bool IsChosenByPool(const api::ClusterUpgradeSpec& spec, const api::Node& node) {
  return std::any_of(spec.pools.begin(), spec.pools.end(), [&](const api::PoolSpec& pool) {
    return pool.node_selector && pool.node_selector->Matches(node.meta.labels);
  });
}

std::optional<Skip> WhySkippedForSystem(const api::ClusterUpgradeSpec& spec,
                                        const api::Node& node) {
  const std::string system = SystemOf(node);
  if (system == "linux") {
    return std::nullopt;
  }
  if (spec.executor.type != api::ExecutorType::kExternal) {
    return Skip{api::SkipReason::kOtherSystem, "runs " + system + ", and Jobs run on linux"};
  }
  if (!IsChosenByPool(spec, node)) {
    return Skip{api::SkipReason::kOtherSystem,
                "runs " + system + ", and no pool with a nodeSelector selects it"};
  }
  return std::nullopt;
}

std::optional<Skip> WhySkipped(const api::ClusterUpgradeSpec& spec, const api::Node& node) {
  if (api::IsTrue(node.meta.labels, api::kExclude)) {
    return SkipFor(api::SkipReason::kExcluded);
  }
  if (const std::string mark = VirtualMarkOf(node); !mark.empty()) {
    return Skip{api::SkipReason::kVirtualNode, "virtual node, " + mark};
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
  return WhySkippedForSystem(spec, node);
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

std::optional<Skip> WhySkippedForVersion(const ScopedNode& scoped, const Target& target) {
  if (!scoped.version) {
    return Skip{api::SkipReason::kVersionUnreadable,
                "kubelet version \"" + scoped.node->kubelet_version + "\" is not valid"};
  }
  if (!scoped.control_plane && target.version && *scoped.version > *target.version &&
      MinorsBetween(*scoped.version, *target.version) == 0) {
    return Skip{api::SkipReason::kNewerThanTarget,
                "at " + scoped.node->kubelet_version + ", newer than " + target.text};
  }
  return std::nullopt;
}

/// Control plane before workers, pools as they are listed, unselected nodes at the end; in each our
/// own node last.
int RankOf(const ScopedNode& scoped, const ScopeInput& input) {
  constexpr int kPlaces = 2;
  const bool own = !input.own_node.empty() && scoped.node->meta.name == input.own_node;
  const auto& pools = input.spec->pools;
  const auto pool = std::find_if(
      pools.begin(), pools.end(), [&](const auto& one) { return one.name == scoped.pool; });
  const int turn =
      scoped.control_plane ? (scoped.api_server ? -1 : -2) : static_cast<int>(pool - pools.begin());
  return turn * kPlaces + (own ? 1 : 0);
}

/// The UID in a mark.
std::string_view OwnerOf(const std::string& mark) {
  return std::string_view(mark).substr(mark.rfind('/') + 1);
}

}  // namespace

std::string MarkOf(const api::Metadata& upgrade) {
  return upgrade.name + "/" + upgrade.uid;
}

bool HasStages(const api::ClusterUpgradeSpec& spec) {
  return spec.executor.type == api::ExecutorType::kKubeadm;
}

ScopedNode ClassifyNode(const ScopeInput& input, const Target& target, const api::Node& node) {
  CU_CHECK(input.spec != nullptr);
  ScopedNode scoped;
  scoped.node = &node;
  scoped.virtual_node = !VirtualMarkOf(node).empty();
  scoped.control_plane = !scoped.virtual_node && IsControlPlane(*input.spec, node);
  scoped.api_server = scoped.control_plane && !HoldsEtcdAlone(node);
  scoped.pool = scoped.control_plane ? kControlPlanePool : PoolOf(*input.spec, node);
  scoped.version = ParseVersion(node.kubelet_version);
  const auto components = input.components.find(node.meta.name);
  scoped.apart = scoped.api_server && HasStages(*input.spec);
  if (scoped.api_server && components != input.components.end()) {
    scoped.components_text = components->second;
    scoped.components = ParseVersion(components->second);
  }
  const bool components_there =
      !scoped.components || !target.version || *scoped.components == *target.version;
  scoped.at_target = IsAt(input.spec->version_match, node.kubelet_version, target.text) &&
                     (scoped.apart ? components_there : !scoped.LeftBehind());
  scoped.marked = api::AnnotationOf(node.meta, api::kCordonedBy) == input.mark;
  scoped.tainted = PlaceOfTaint(node, OwnerOf(input.mark)).has_value();
  scoped.skip = WhySkipped(*input.spec, node);
  if (!scoped.skip && scoped.pool.empty()) {
    scoped.skip = SkipFor(api::SkipReason::kNoPool);
  }
  if (!scoped.skip) {
    scoped.skip = WhySkippedForVersion(scoped, target);
  }
  scoped.rank = RankOf(scoped, input);
  return scoped;
}

}  // namespace cu::planner
