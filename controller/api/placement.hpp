#pragma once
#include <optional>
#include <string>
#include <vector>

#include "api/meta.hpp"

/// Where pods and volumes may be:
/// https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/
namespace cu::api {

enum class NodeOperator { kIn, kNotIn, kExists, kDoesNotExist, kGt, kLt };

struct NodeRequirement {
  std::string key;
  NodeOperator op = NodeOperator::kExists;
  std::vector<std::string> values;
  bool operator==(const NodeRequirement&) const = default;
};

/// All of its requirements must hold; one without any matches no node.
struct NodeTerm {
  std::vector<NodeRequirement> labels;  ///< matchExpressions
  std::vector<NodeRequirement> fields;  ///< matchFields: metadata.name alone exists
  bool Matches(const std::string& node, const StringMap& node_labels) const;
  bool operator==(const NodeTerm&) const = default;
};

/// The labels that a pod or a volume asks of its node.
struct Placement {
  StringMap node_selector;
  /// Required node affinity: one of the terms must match. None: no such rule.
  std::optional<std::vector<NodeTerm>> required;
  bool anywhere() const { return node_selector.empty() && !required; }
  bool Fits(const std::string& node, const StringMap& node_labels) const;
  bool operator==(const Placement&) const = default;
};

}  // namespace cu::api
