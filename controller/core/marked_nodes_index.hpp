#pragma once
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "api/objects.hpp"
#include "base/natural_order.hpp"
#include "kube/store.hpp"

namespace cu::core {

/// The nodes that carry something of a ClusterUpgrade, found without going through every node of a
/// large cluster.
class MarkedNodesIndex {
 public:
  explicit MarkedNodesIndex(bool (*carries)(const api::Node& node)) : carries_(carries) {}

  /// In natural order of names. Valid until the next change of the nodes.
  std::vector<const api::Node*> Of(const kube::Store<api::Node>& nodes);

 private:
  void Note(const kube::Store<api::Node>& nodes, const std::string& name);

  bool (*carries_)(const api::Node& node);
  bool made_ = false;
  std::uint64_t node_changes_ = 0;
  std::set<std::string, base::NaturalLess> names_;
};

}  // namespace cu::core
