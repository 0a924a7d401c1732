#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "model/objects.hpp"

namespace cu::simulation {

/// Who manages which field of Nodes: spec.unschedulable, each label, each annotation. As
/// metadata.managedFields, kept beside the objects.
class NodeFields {
 public:
  /// An ordinary write: what it changed belongs to `manager` alone; what went away, to nobody.
  void NoteWrite(const std::string& uid,
                 const Json& before,
                 const Json& after,
                 const std::string& manager);
  /// Server-side apply on a node that exists. Returns the fields in conflict (then nothing
  /// changed) and leaves the result in `node`. `node` has lost what only this manager held and
  /// gave up now.
  std::vector<std::string> Apply(Json& node, const Json& wanted, const std::string& manager);
  void Forget(const std::string& uid) { owners_.erase(uid); }
  bool Owns(const std::string& uid, const std::string& manager, const std::string& field) const;
  /// Whether ownership changed in the last Apply: a write even if the object is the same.
  bool changed() const { return changed_; }

 private:
  using Fields = std::map<std::string, Json>;  ///< "/spec/unschedulable" -> value
  static Fields FieldsOf(const Json& node);

  std::map<std::string, std::map<std::string, std::set<std::string>>> owners_;  ///< uid, field
  bool changed_ = false;
};

}  // namespace cu::simulation
