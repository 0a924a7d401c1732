#include "model/objects.hpp"

#include <algorithm>
#include <cstdio>

namespace cu::simulation {

const Json& ValueAt(const Json& json, Path path) {
  static const Json kNone;
  const Json* at = &json;
  for (const char* step : path) {
    if (!at->is_object()) {
      return kNone;
    }
    const auto found = at->find(step);
    if (found == at->end()) {
      return kNone;
    }
    at = &*found;
  }
  return *at;
}

std::string TextAt(const Json& json, Path path) {
  const Json& found = ValueAt(json, path);
  return found.is_string() ? found.get<std::string>() : std::string();
}

std::int64_t NumberAt(const Json& json, Path path) {
  const Json& found = ValueAt(json, path);
  return found.is_number_integer() ? found.get<std::int64_t>() : 0;
}

bool BoolAt(const Json& json, Path path) {
  const Json& found = ValueAt(json, path);
  return found.is_boolean() && found.get<bool>();
}

std::string NameOf(const Json& object) {
  return TextAt(object, {"metadata", "name"});
}
std::string NamespaceOf(const Json& object) {
  return TextAt(object, {"metadata", "namespace"});
}
std::string UidOf(const Json& object) {
  return TextAt(object, {"metadata", "uid"});
}
std::string KeyOf(const Json& object) {
  const std::string ns = NamespaceOf(object);
  return ns.empty() ? NameOf(object) : ns + "/" + NameOf(object);
}
std::string AnnotationOf(const Json& object, std::string_view annotation) {
  return TextAt(object, {"metadata", "annotations", std::string(annotation).c_str()});
}
bool IsDeleting(const Json& object) {
  return !ValueAt(object, {"metadata", "deletionTimestamp"}).is_null();
}

std::string OwnerField(const Json& object, const char* field) {
  for (const Json& owner : ValueAt(object, {"metadata", "ownerReferences"})) {
    if (BoolAt(owner, {"controller"})) {
      return TextAt(owner, {field});
    }
  }
  return {};
}

std::string ConditionOf(const Json& object, const std::string& type) {
  for (const Json& condition : ValueAt(object, {"status", "conditions"})) {
    if (TextAt(condition, {"type"}) == type) {
      return TextAt(condition, {"status"});
    }
  }
  return {};
}

void SetCondition(Json& object,
                  const std::string& type,
                  const std::string& status,
                  const std::string& reason,
                  base::WallTime now) {
  Json& conditions = object["status"]["conditions"];
  for (Json& condition : conditions) {
    if (TextAt(condition, {"type"}) == type) {
      if (TextAt(condition, {"status"}) != status) {
        condition["lastTransitionTime"] = base::FormatTime(now);
      }
      condition["status"] = status;
      condition["reason"] = reason;
      return;
    }
  }
  conditions.push_back({{"type", type},
                        {"status", status},
                        {"reason", reason},
                        {"lastTransitionTime", base::FormatTime(now)}});
}

bool IsReadyNode(const Json& node) {
  return ConditionOf(node, "Ready") == "True";
}
bool IsCordoned(const Json& node) {
  return BoolAt(node, {"spec", "unschedulable"});
}
void SetTaint(Json& node, const Json& taint, bool wanted) {
  Json taints = Json::array();
  for (const Json& other : ValueAt(node, {"spec", "taints"})) {
    if (TextAt(other, {"key"}) != TextAt(taint, {"key"}) ||
        TextAt(other, {"effect"}) != TextAt(taint, {"effect"})) {
      taints.push_back(other);
    }
  }
  if (wanted) {
    taints.push_back(taint);
  }
  if (taints.empty()) {
    node["spec"].erase("taints");
  } else {
    node["spec"]["taints"] = std::move(taints);
  }
}

bool HasTaintOf(const Json& node, const std::string& effect) {
  const Json& taints = ValueAt(node, {"spec", "taints"});
  return std::any_of(taints.begin(), taints.end(), [&](const Json& taint) {
    return TextAt(taint, {"effect"}) == effect;
  });
}

bool HasOtherTaintThan(const Json& node, const std::string& effect) {
  const Json& taints = ValueAt(node, {"spec", "taints"});
  return std::any_of(taints.begin(), taints.end(), [&](const Json& taint) {
    return TextAt(taint, {"effect"}) != effect;
  });
}

bool IsControlPlane(const Json& node) {
  return !ValueAt(node, {"metadata", "labels", "node-role.kubernetes.io/control-plane"})
              .is_null() ||
         !ValueAt(node, {"metadata", "labels", "node-role.kubernetes.io/master"}).is_null();
}
bool IsVirtual(const Json& node) {
  return TextAt(node, {"metadata", "labels", "type"}) == "virtual-kubelet";
}
std::string KubeletVersion(const Json& node) {
  return TextAt(node, {"status", "nodeInfo", "kubeletVersion"});
}
bool IsFinishedPod(const Json& pod) {
  const std::string phase = TextAt(pod, {"status", "phase"});
  return phase == "Succeeded" || phase == "Failed";
}
bool IsReadyPod(const Json& pod) {
  return ConditionOf(pod, "Ready") == "True";
}
bool IsMirrorPod(const Json& pod) {
  return !ValueAt(pod, {"metadata", "annotations", "kubernetes.io/config.mirror"}).is_null();
}
std::string NodeNameOf(const Json& pod) {
  return TextAt(pod, {"spec", "nodeName"});
}

bool Selects(const Json& selector, const Json& labels) {
  const auto value = [&](const std::string& key) -> const std::string* {
    const auto found = labels.is_object() ? labels.find(key) : labels.end();
    return found == labels.end() ? nullptr : found->get_ptr<const std::string*>();
  };
  for (const auto& [key, wanted] : ValueAt(selector, {"matchLabels"}).items()) {
    const std::string* label = value(key);
    if (label == nullptr || *label != wanted.get_ref<const std::string&>()) {
      return false;
    }
  }
  for (const Json& expression : ValueAt(selector, {"matchExpressions"})) {
    const std::string* label = value(TextAt(expression, {"key"}));
    const std::string op = TextAt(expression, {"operator"});
    const Json& values = ValueAt(expression, {"values"});
    const bool listed =
        label != nullptr && std::find(values.begin(), values.end(), Json(*label)) != values.end();
    if ((op == "In" && !listed) || (op == "NotIn" && listed) ||
        (op == "Exists" && label == nullptr) || (op == "DoesNotExist" && label != nullptr)) {
      return false;
    }
  }
  return true;
}

bool BudgetSelects(const Json& budget, const Json& pod) {
  return NamespaceOf(budget) == NamespaceOf(pod) &&
         Selects(ValueAt(budget, {"spec", "selector"}), ValueAt(pod, {"metadata", "labels"}));
}

Release ReleaseOf(const std::string& version) {
  Release release;
  const int read = std::sscanf(version.c_str(),
                               "v%d.%d.%d",
                               &release.major_number,
                               &release.minor_number,
                               &release.patch_number);
  return read == 3 ? release : Release{};
}

std::string NextPatch(const std::string& version) {
  const Release release = ReleaseOf(version);
  return "v" + std::to_string(release.major_number) + "." + std::to_string(release.minor_number) +
         "." + std::to_string(release.patch_number + 1);
}

}  // namespace cu::simulation
