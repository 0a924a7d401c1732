#include "core/scopes.hpp"

#include <utility>

namespace cu::core {

const planner::Scope& Scopes::Of(const api::ClusterUpgrade& upgrade,
                                 const Watches& watches,
                                 const std::string& own_node) {
  const kube::Store<api::Node>& nodes = watches.nodes();
  const api::ObjectMap<api::Pod>* pods = watches.control_plane_pods();
  planner::ScopeInput input{&upgrade.spec, planner::MarkOf(upgrade.meta), own_node};
  if (pods != nullptr) {
    input.components = planner::ComponentsOf(*pods);
  }
  Made& made = made_[upgrade.meta.name];
  const bool same = made.uid == upgrade.meta.uid && made.fingerprint == upgrade.spec.fingerprint &&
                    made.components == input.components;
  if (same && made.node_changes == nodes.changes()) {
    return made.scope;
  }
  const auto changed = nodes.ChangedSince(made.node_changes);
  if (!same || !changed || !made.scope.Refresh(input, nodes.items(), *changed)) {
    made.uid = upgrade.meta.uid;
    made.fingerprint = upgrade.spec.fingerprint;
    made.scope = planner::Scope(input, nodes.items());
    made.components = std::move(input.components);
  }
  made.node_changes = nodes.changes();
  return made.scope;
}

void Scopes::Tidy(const kube::Store<api::ClusterUpgrade>& upgrades) {
  std::erase_if(made_, [&](const auto& made) { return upgrades.Find(made.first) == nullptr; });
}

}  // namespace cu::core
