#include "core/marked_nodes_index.hpp"

namespace cu::core {

std::vector<const api::Node*> MarkedNodesIndex::Of(const kube::Store<api::Node>& nodes) {
  const auto changed = nodes.ChangedSince(node_changes_);
  if (made_ && changed) {
    for (const std::string& name : *changed) {
      Note(nodes, name);
    }
  } else {
    names_.clear();
    for (const auto& [name, node] : nodes.items()) {
      Note(nodes, name);
    }
  }
  made_ = true;
  node_changes_ = nodes.changes();
  std::vector<const api::Node*> marked;
  for (const std::string& name : names_) {
    marked.push_back(nodes.Find(name));
  }
  return marked;
}

void MarkedNodesIndex::Note(const kube::Store<api::Node>& nodes, const std::string& name) {
  const api::Node* node = nodes.Find(name);
  if (node != nullptr && carries_(*node)) {
    names_.insert(name);
  } else {
    names_.erase(name);
  }
}

}  // namespace cu::core
