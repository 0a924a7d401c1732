#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/natural_order.hpp"
#include "base/time.hpp"

/// Kubernetes objects as plain structs: only the fields that the controller reads. operator==
/// compares what decisions depend on, so a heartbeat or a status that nobody reads is "no change".
namespace cu::api {

/// Objects of one kind by "name" or "namespace/name", in natural order.
template <class T>
using ObjectMap = std::map<std::string, T, base::NaturalLess>;
using StringMap = std::map<std::string, std::string, std::less<>>;

/// Kinds of owners that are treated in their own way.
inline constexpr std::string_view kDaemonSetKind = "DaemonSet";
inline constexpr std::string_view kDeploymentKind = "Deployment";
inline constexpr std::string_view kReplicaSetKind = "ReplicaSet";
inline constexpr std::string_view kStatefulSetKind = "StatefulSet";
inline constexpr std::string_view kReplicationControllerKind = "ReplicationController";

struct Owner {
  std::string kind;
  std::string name;
  std::string uid;
  bool operator==(const Owner&) const = default;
};

struct Metadata {
  std::string name;
  std::string ns;  ///< empty for cluster-scoped objects
  std::string uid;
  std::int64_t generation = 0;
  std::optional<base::WallTime> created;
  std::optional<base::WallTime>
      deleted;  ///< deletionTimestamp: for pods the time when the grace ends
  StringMap labels;
  StringMap annotations;  ///< only the keys that the controller reads
  std::vector<std::string> finalizers;
  std::optional<Owner> controller;  ///< the owner with `controller: true`
  std::optional<Owner> owner;       ///< the first one, where none is the controller
  /// A decimal that grows with every write of the same resource (KEP-5504). Not compared by ==.
  std::string resource_version;

  /// "namespace/name", or the name alone.
  std::string Key() const { return ns.empty() ? name : ns + "/" + name; }
  bool operator==(const Metadata& other) const;
};

/// The annotation or label says "true".
bool IsTrue(const StringMap& texts, std::string_view key);
/// The annotation's value, or "".
std::string AnnotationOf(const Metadata& meta, std::string_view key);

enum class SelectorOperator { kIn, kNotIn, kExists, kDoesNotExist };

struct SelectorRequirement {
  std::string key;
  SelectorOperator op = SelectorOperator::kExists;
  std::vector<std::string> values;
  bool operator==(const SelectorRequirement&) const = default;
};

/// metav1.LabelSelector. An empty one matches everything.
struct LabelSelector {
  StringMap match_labels;
  std::vector<SelectorRequirement> match_expressions;
  bool empty() const { return match_labels.empty() && match_expressions.empty(); }
  bool Matches(const StringMap& labels) const;
  /// As the query labelSelector takes it: "app=web,tier in (a,b),!old".
  std::string Text() const;
  bool operator==(const LabelSelector&) const = default;
};

/// Objects that one of several selectors matches.
struct AnySelector {
  std::vector<LabelSelector> any;
  bool Matches(const StringMap& labels) const;
  bool operator==(const AnySelector&) const = default;
};

/// intstr.IntOrString restricted to what the controller reads: a number or a percentage.
struct IntOrPercent {
  int value = 0;
  bool percent = false;
  bool operator==(const IntOrPercent&) const = default;
};

}  // namespace cu::api
