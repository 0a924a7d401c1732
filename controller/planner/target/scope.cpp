#include "planner/target/scope.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "api/marks.hpp"
#include "base/check.hpp"
#include "base/natural_order.hpp"

namespace cu::planner {
namespace {

bool HasLabel(const api::Node& node, std::string_view key, std::string_view value) {
  const auto label = node.meta.labels.find(key);
  return label != node.meta.labels.end() && label->second == value;
}

bool HasRoleLabel(const api::Node& node, std::string_view key) {
  return node.meta.labels.contains(key);
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

std::optional<Skip> WhySkippedForVersion(const ScopedNode& scoped, const Target& target) {
  if (!scoped.version) {
    return Skip{api::SkipReason::kVersionUnreadable,
                "kubelet version \"" + scoped.node->kubelet_version + "\" cannot be read"};
  }
  if (!scoped.control_plane && target.version && *scoped.version > *target.version &&
      MinorsBetween(*scoped.version, *target.version) == 0) {
    return Skip{api::SkipReason::kNewerThanTarget,
                "NewerThanTarget: at " + scoped.node->kubelet_version};
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

ScopedNode Classify(const ScopeInput& input, const Target& target, const api::Node& node) {
  ScopedNode scoped;
  scoped.node = &node;
  scoped.control_plane = IsControlPlane(*input.spec, node);
  scoped.api_server = scoped.control_plane && !HoldsEtcdAlone(node);
  scoped.pool = scoped.control_plane ? kControlPlanePool : PoolOf(*input.spec, node);
  scoped.version = ParseVersion(node.kubelet_version);
  scoped.at_target = node.kubelet_version == target.text;
  scoped.marked = api::AnnotationOf(node.meta, api::kCordonedBy) == input.mark;
  scoped.skip = WhySkipped(node);
  if (!scoped.skip && scoped.pool.empty()) {
    scoped.skip = SkipFor(api::SkipReason::kNoPool);
  }
  if (!scoped.skip) {
    scoped.skip = WhySkippedForVersion(scoped, target);
  }
  scoped.rank = RankOf(scoped, input);
  return scoped;
}

}  // namespace

std::string MarkOf(const api::Metadata& upgrade) {
  return upgrade.name + "/" + upgrade.uid;
}

Scope::Scope(const ScopeInput& input, const api::ObjectMap<api::Node>& nodes)
    : route_(PlanRoute(*input.spec)) {
  nodes_.reserve(nodes.size());
  for (const auto& [name, node] : nodes) {
    nodes_.push_back(Classify(input, target(), node));
  }
  std::stable_sort(nodes_.begin(), nodes_.end(), [](const ScopedNode& a, const ScopedNode& b) {
    return a.rank < b.rank;
  });
  by_name_.resize(nodes_.size());
  std::iota(by_name_.begin(), by_name_.end(), std::size_t{0});
  std::sort(by_name_.begin(), by_name_.end(), [&](std::size_t a, std::size_t b) {
    return base::NaturalLess{}(nodes_[a].node->meta.name, nodes_[b].node->meta.name);
  });
}

bool Scope::Refresh(const ScopeInput& input,
                    const api::ObjectMap<api::Node>& nodes,
                    std::span<const std::string> names) {
  for (const std::string& name : names) {
    const auto node = nodes.find(name);
    const ScopedNode* scoped = Find(name);
    if (node == nodes.end() || scoped == nullptr) {
      return false;
    }
    ScopedNode judged = Classify(input, target(), node->second);
    if (judged.rank != scoped->rank) {
      return false;
    }
    nodes_[IndexOf(*scoped)] = std::move(judged);
  }
  return nodes.size() == nodes_.size();
}

const ScopedNode* Scope::Find(std::string_view name) const {
  const base::NaturalLess less;
  const auto found = std::lower_bound(
      by_name_.begin(), by_name_.end(), name, [&](std::size_t index, std::string_view wanted) {
        return less(nodes_[index].node->meta.name, wanted);
      });
  return found == by_name_.end() || nodes_[*found].node->meta.name != name ? nullptr
                                                                           : &nodes_[*found];
}

std::size_t Scope::IndexOf(const ScopedNode& scoped) const {
  const auto index = static_cast<std::size_t>(&scoped - nodes_.data());
  CU_CHECK(index < nodes_.size());
  return index;
}

bool Scope::SeesApiServer() const {
  return std::any_of(
      nodes_.begin(), nodes_.end(), [](const ScopedNode& scoped) { return scoped.api_server; });
}

}  // namespace cu::planner
