#include "planner/target/scope.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "base/natural_order.hpp"

namespace cu::planner {
namespace {

/// Of kubelets, seen over time: they are a node's own word.
constexpr std::size_t kVersionsMax = 1'000;

/// The place of `text` in `texts`, where it is put if it is new. There are few of them.
std::uint32_t IndexIn(std::vector<std::string>& texts, const std::string& text) {
  const auto found = std::find(texts.begin(), texts.end(), text);
  const auto index = static_cast<std::uint32_t>(found - texts.begin());
  if (found == texts.end()) {
    texts.push_back(text);
  }
  return index;
}

Target EndOf(const ScopeInput& input) {
  CU_CHECK(input.spec != nullptr);
  return {input.spec->version, ParseVersion(input.spec->version)};
}

Kubelet KubeletOf(const ScopedNode& scoped) {
  return {scoped.virtual_node ? "" : scoped.node->kubelet_version,
          scoped.control_plane,
          scoped.api_server,
          scoped.skip.has_value(),
          scoped.components_text};
}

}  // namespace

Scope::Scope(const ScopeInput& input, const api::ObjectMap<api::Node>& nodes) {
  nodes_.reserve(nodes.size());
  const Target end = EndOf(input);
  for (const auto& [name, node] : nodes) {
    nodes_.push_back(ClassifyNode(input, end, node));
  }
  std::stable_sort(nodes_.begin(), nodes_.end(), [](const ScopedNode& a, const ScopedNode& b) {
    return a.rank < b.rank;
  });
  kubelets_.reserve(nodes_.size());
  for (const ScopedNode& scoped : nodes_) {
    kubelets_.push_back(KubeletOf(scoped));
    ++fleet_[kubelets_.back()];
  }
  route_ = PlanRoute(*input.spec, fleet_);
  for (ScopedNode& scoped : nodes_) {
    PlaceInHop(scoped);
  }
  MakeViews();
  by_name_.reserve(nodes_.size());
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    by_name_.push_back({nodes_[i].node->meta.name, i});
  }
  std::sort(by_name_.begin(), by_name_.end(), [](const Place& a, const Place& b) {
    return base::NaturalLess{}(a.name, b.name);
  });
}

/// The views point into the nodes beside them.
Scope::Scope(const Scope& other)
    : route_(other.route_),
      fleet_(other.fleet_),
      kubelets_(other.kubelets_),
      nodes_(other.nodes_),
      by_name_(other.by_name_) {
  MakeViews();
}

void Scope::MakeViews() {
  views_.reserve(nodes_.size());
  for (const ScopedNode& scoped : nodes_) {
    views_.push_back(ViewOf(scoped));
  }
}

/// Points at `scoped`, which stays where it is.
NodeView Scope::ViewOf(const ScopedNode& scoped) {
  NodeView view;
  view.scoped = &scoped;
  view.skip = scoped.skip ? &*scoped.skip : nullptr;
  view.pool = IndexIn(pools_, scoped.pool);
  view.version = IndexIn(versions_, scoped.node->kubelet_version);
  view.control_plane = scoped.control_plane;
  view.api_server = scoped.api_server;
  view.virtual_node = scoped.virtual_node;
  view.ready = scoped.node->ready;
  view.at_target = scoped.at_target;
  view.in_hop = scoped.in_hop;
  view.components_behind = scoped.components_behind;
  view.marked = scoped.marked;
  view.tainted = scoped.tainted;
  return view;
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
    ScopedNode judged = ClassifyNode(input, target(), node->second);
    if (judged.rank != scoped->rank) {
      return false;
    }
    const std::size_t index = IndexOf(*scoped);
    Kubelet kubelet = KubeletOf(judged);
    if (kubelet != kubelets_[index]) {
      --fleet_[kubelets_[index]];
      ++fleet_[kubelet];
      kubelets_[index] = std::move(kubelet);
    }
    PlaceInHop(judged);
    nodes_[index] = std::move(judged);
    views_[index] = ViewOf(nodes_[index]);
  }
  return nodes.size() == nodes_.size() && versions_.size() <= kVersionsMax &&
         PlanRoute(*input.spec, fleet_) == route_;
}

void Scope::PlaceInHop(ScopedNode& scoped) const {
  const std::optional<Version>& hop = route_.current().target.version;
  scoped.in_hop = route_.Takes(scoped.control_plane, scoped.Oldest());
  scoped.components_behind = scoped.apart && scoped.components && hop && *scoped.components < *hop;
}

const ScopedNode* Scope::Find(std::string_view name) const {
  const auto found = std::lower_bound(
      by_name_.begin(), by_name_.end(), name, [](const Place& place, std::string_view wanted) {
        return base::NaturalLess{}(place.name, wanted);
      });
  return found == by_name_.end() || found->name != name ? nullptr : &nodes_[found->index];
}

std::size_t Scope::IndexOf(const ScopedNode& scoped) const {
  const auto index = static_cast<std::size_t>(&scoped - nodes_.data());
  CU_CHECK(index < nodes_.size());
  return index;
}

bool Scope::SeesApiServer() const {
  return std::any_of(
      views_.begin(), views_.end(), [](const NodeView& view) { return view.api_server; });
}

}  // namespace cu::planner
