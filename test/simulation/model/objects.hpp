#pragma once
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "base/time.hpp"

namespace cu::simulation {

using Json = nlohmann::json;
using Path = std::initializer_list<const char*>;

/// The member at `path`, or null.
const Json& Child(const Json& json, Path path);
std::string TextAt(const Json& json, Path path);
std::int64_t NumberAt(const Json& json, Path path);
bool FlagAt(const Json& json, Path path);

/// metav1.Time and metav1.MicroTime.
std::string TimeText(base::WallTime time);
std::string MicroTimeText(base::WallTime time);

std::string NameOf(const Json& object);
std::string NamespaceOf(const Json& object);
std::string UidOf(const Json& object);
/// "namespace/name", or the name alone.
std::string KeyOf(const Json& object);
bool IsDeleting(const Json& object);
/// The owner with `controller: true`: its member `field`, or "".
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
std::string KubeletVersion(const Json& node);
bool IsFinishedPod(const Json& pod);
bool IsReadyPod(const Json& pod);
bool IsMirrorPod(const Json& pod);

/// Whether a metav1.LabelSelector in JSON selects these labels (matchLabels and matchExpressions).
bool Selects(const Json& selector, const Json& labels);

/// X.Y.Z of "vX.Y.Z…"; zeros where it is none.
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
