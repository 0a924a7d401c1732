#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "model/objects.hpp"

namespace cu::simulation {

/// metadata.managedFields of Nodes, kept beside the objects: which field managers own
/// spec.unschedulable, each label and each annotation.
class ManagedFields {
 public:
  /// An ordinary write: `manager` becomes the only owner of the fields that it changed; removed
  /// fields have no owner.
  void RecordUpdate(const std::string& uid,
                    const Json& before,
                    const Json& after,
                    const std::string& manager);
  /// Server-side apply of `wanted` to a node that exists: changes `node`, which also loses the
  /// fields that only `manager` owned and no longer wants. Returns the fields in conflict; if there
  /// are any, nothing changes.
  std::vector<std::string> Apply(Json& node, const Json& wanted, const std::string& manager);
  void Forget(const std::string& uid) { owners_.erase(uid); }
  bool Owns(const std::string& uid, const std::string& manager, const std::string& field) const;
  /// Whether the last Apply changed who owns what, which is a write even if the fields are equal.
  bool ownership_changed() const { return ownership_changed_; }

 private:
  using Fields = std::map<std::string, Json>;  ///< "spec.unschedulable" -> value
  static Fields FieldsOf(const Json& node);

  /// By the node's UID and the field.
  std::map<std::string, std::map<std::string, std::set<std::string>>> owners_;
  bool ownership_changed_ = false;
};

}  // namespace cu::simulation
