#include "core/scopes.hpp"

namespace cu::core {

const planner::Scope& Scopes::Of(const api::ClusterUpgrade& upgrade,
                                 const kube::Store<api::Node>& nodes,
                                 const std::string& own_node) {
  const planner::ScopeInput input{&upgrade.spec, planner::MarkOf(upgrade.meta), own_node};
  Made& made = made_[upgrade.meta.name];
  const bool same = made.uid == upgrade.meta.uid && made.fingerprint == upgrade.spec.fingerprint;
  if (same && made.node_changes == nodes.changes()) {
    return made.scope;
  }
  const auto changed = nodes.ChangedSince(made.node_changes);
  if (!same || !changed || !made.scope.Refresh(input, nodes.items(), *changed)) {
    made.uid = upgrade.meta.uid;
    made.fingerprint = upgrade.spec.fingerprint;
    made.scope = planner::Scope(input, nodes.items());
  }
  made.node_changes = nodes.changes();
  return made.scope;
}

void Scopes::Tidy(const kube::Store<api::ClusterUpgrade>& upgrades) {
  std::erase_if(made_, [&](const auto& made) { return upgrades.Find(made.first) == nullptr; });
}

}  // namespace cu::core
