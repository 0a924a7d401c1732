#include "model/managed_fields.hpp"

namespace cu::simulation {
namespace {

constexpr const char* kUnschedulable = "spec.unschedulable";
const std::string kLabel = "metadata.labels.";
const std::string kAnnotation = "metadata.annotations.";

void SetField(Json& node, const std::string& field, const Json* value) {
  const auto put = [&](Json& map, const std::string& key) {
    if (value == nullptr) {
      map.erase(key);
    } else {
      map[key] = *value;
    }
  };
  if (field == kUnschedulable) {
    put(node["spec"], "unschedulable");
  } else if (field.starts_with(kLabel)) {
    put(node["metadata"]["labels"], field.substr(kLabel.size()));
  } else {
    put(node["metadata"]["annotations"], field.substr(kAnnotation.size()));
  }
}

}  // namespace

ManagedFields::Fields ManagedFields::FieldsOf(const Json& node) {
  Fields fields;
  if (const Json& cordon = ValueAt(node, {"spec", "unschedulable"}); !cordon.is_null()) {
    fields[kUnschedulable] = cordon;
  }
  for (const auto& [key, value] : ValueAt(node, {"metadata", "labels"}).items()) {
    fields[kLabel + key] = value;
  }
  for (const auto& [key, value] : ValueAt(node, {"metadata", "annotations"}).items()) {
    fields[kAnnotation + key] = value;
  }
  return fields;
}

void ManagedFields::RecordUpdate(const std::string& uid,
                                 const Json& before,
                                 const Json& after,
                                 const std::string& manager) {
  const Fields old = FieldsOf(before);
  const Fields now = FieldsOf(after);
  auto& owners = owners_[uid];
  for (const auto& [field, value] : now) {
    const auto previous = old.find(field);
    if (previous == old.end() || previous->second != value) {
      owners[field] = {manager};
    }
  }
  for (const auto& [field, value] : old) {
    if (!now.contains(field)) {
      owners.erase(field);
    }
  }
}

std::vector<std::string> ManagedFields::Apply(Json& node,
                                              const Json& wanted,
                                              const std::string& manager) {
  auto& owners = owners_[UidOf(node)];
  const Fields live = FieldsOf(node);
  const Fields wants = FieldsOf(wanted);
  std::vector<std::string> conflicts;
  for (const auto& [field, value] : wants) {
    const auto current = live.find(field);
    const auto owned = owners.find(field);
    const bool owned_by_others =
        owned != owners.end() && owned->second.size() > owned->second.count(manager);
    if (current != live.end() && current->second != value && owned_by_others) {
      conflicts.push_back(field);
    }
  }
  ownership_changed_ = false;
  if (!conflicts.empty()) {
    return conflicts;
  }
  for (auto owned = owners.begin(); owned != owners.end();) {
    if (!wants.contains(owned->first) && owned->second.erase(manager) > 0) {
      ownership_changed_ = true;
      if (owned->second.empty()) {
        SetField(node, owned->first, nullptr);
        owned = owners.erase(owned);
        continue;
      }
    }
    ++owned;
  }
  for (const auto& [field, value] : wants) {
    ownership_changed_ = owners[field].insert(manager).second || ownership_changed_;
    SetField(node, field, &value);
  }
  return {};
}

bool ManagedFields::Owns(const std::string& uid,
                         const std::string& manager,
                         const std::string& field) const {
  const auto node = owners_.find(uid);
  if (node == owners_.end()) {
    return false;
  }
  const auto owned = node->second.find(field);
  return owned != node->second.end() && owned->second.contains(manager);
}

}  // namespace cu::simulation
