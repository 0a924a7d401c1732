#pragma once
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/time.hpp"

/// Accessors for Kubernetes objects in JSON.
namespace cu::simulation {

using Json = nlohmann::json;
using Path = std::initializer_list<const char*>;

/// The value at `path`; null, "", 0 or false where there is none or one of another type.
const Json& ValueAt(const Json& json, Path path);
std::string TextAt(const Json& json, Path path);
std::int64_t NumberAt(const Json& json, Path path);
bool BoolAt(const Json& json, Path path);

std::string NameOf(const Json& object);
std::string NamespaceOf(const Json& object);
std::string UidOf(const Json& object);
/// "namespace/name", or the name alone.
std::string KeyOf(const Json& object);
/// "" if it is not set.
std::string AnnotationOf(const Json& object, std::string_view annotation);
bool IsDeleting(const Json& object);
/// The member `field` of the owner with `controller: true`, or "".
std::string OwnerField(const Json& object, const char* field);

/// Status of condition `type`: "True", "False", "Unknown", or "".
std::string ConditionOf(const Json& object, const std::string& type);
/// Sets a condition, with its transition time when the status changes.
void SetCondition(Json& object,
                  const std::string& type,
                  const std::string& status,
                  const std::string& reason,
                  base::WallTime now);

bool IsReadyNode(const Json& node);
bool IsCordoned(const Json& node);
/// Sets the taint, or removes that of its key and effect; others stay.
void SetTaint(Json& node, const Json& taint, bool wanted);
/// With this effect, or with another.
bool HasTaintOf(const Json& node, const std::string& effect);
bool HasOtherTaintThan(const Json& node, const std::string& effect);
bool IsControlPlane(const Json& node);
/// Of Virtual Kubelet: no machine stands behind it.
bool IsVirtual(const Json& node);
std::string KubeletVersion(const Json& node);

bool IsFinishedPod(const Json& pod);
bool IsReadyPod(const Json& pod);
bool IsMirrorPod(const Json& pod);
/// The node that the pod is bound to, or "".
std::string NodeNameOf(const Json& pod);

/// Whether a metav1.LabelSelector selects these labels.
bool Selects(const Json& selector, const Json& labels);
/// Whether a PodDisruptionBudget applies to the pod.
bool BudgetSelects(const Json& budget, const Json& pod);

/// X.Y.Z of "vX.Y.Z…"; zeros if it is not a version.
struct Release {
  int major_number = 0;
  int minor_number = 0;
  int patch_number = 0;
  auto operator<=>(const Release&) const = default;
};
Release ReleaseOf(const std::string& version);
/// "v1.36.4" of "v1.36.3".
std::string NextPatch(const std::string& version);

}  // namespace cu::simulation
