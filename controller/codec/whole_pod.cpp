#include <algorithm>
#include <array>

#include "api/marks.hpp"
#include "codec/bodies.hpp"
#include "codec/json.hpp"
#include "codec/read.hpp"

// A pod as it can be created again: what the cluster has added to this one instance is left out.
namespace cu::codec {
namespace {

bool KeepOurs(const std::string& annotation) {
  return annotation.starts_with("clusterupgrade.io/");
}

/// The volume of the token that the ServiceAccount admission plugin adds; it adds a new one.
/// https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#bound-service-account-token-volume
bool IsTokenVolume(const Json& entry) {
  return entry.is_object() && entry.value("name", "").starts_with("kube-api-access-");
}

void EraseTokenVolumes(Json& object, const char* list) {
  if (!object.is_object() || !object.contains(list) || !object[list].is_array()) {
    return;
  }
  Json& entries = object[list];
  entries.erase(std::remove_if(entries.begin(), entries.end(), IsTokenVolume), entries.end());
}

/// nodeName: where it ran. ephemeralContainers: cannot be created. serviceAccount repeats
/// serviceAccountName. priority, preemptionPolicy and overhead are made by admission from the
/// classes named beside them, and refused if they differ.
constexpr std::array kOfThisInstance = {"nodeName",
                                        "ephemeralContainers",
                                        "serviceAccount",
                                        "priority",
                                        "preemptionPolicy",
                                        "overhead"};

Json CleanSpec(Json spec) {
  for (const char* name : kOfThisInstance) {
    spec.erase(name);
  }
  EraseTokenVolumes(spec, "volumes");
  for (const char* list : {"containers", "initContainers"}) {
    if (spec.contains(list) && spec[list].is_array()) {
      for (Json& container : spec[list]) {
        EraseTokenVolumes(container, "volumeMounts");
      }
    }
  }
  return spec;
}

Json CleanMap(Json map) {
  if (!map.is_object()) {
    return Json::object();
  }
  for (const std::string_view key :
       {api::kSavedPod, api::kSavedPodName, api::kSavedPodUid, api::kSavedPodNode}) {
    map.erase(std::string(key));
  }
  return map;
}

Json Template(const std::string& manifest) {
  Json tree = Json::parse(manifest, nullptr, false);
  return tree.is_object() ? tree : Json::object();
}

}  // namespace

template <>
Names DroppedMembers<api::WholePod>() {
  static constexpr std::string_view kNames[] = {"managedFields", "status"};
  return kNames;
}

template <>
Names DroppedMembers<api::SavedPod>() {
  static constexpr std::string_view kNames[] = {"managedFields"};
  return kNames;
}

template <>
api::WholePod Read(const Reader& object) {
  api::WholePod pod;
  pod.meta = ReadMetadata(object["metadata"], KeepOurs);
  const Reader metadata = object["metadata"];
  Json spec = object["spec"].Copy();
  if (spec.is_object()) {
    pod.manifest = Dump({{"metadata",
                          {{"labels", CleanMap(metadata["labels"].Copy())},
                           {"annotations", CleanMap(metadata["annotations"].Copy())}}},
                         {"spec", CleanSpec(std::move(spec))}});
  }
  return pod;
}

template <>
api::SavedPod Read(const Reader& object) {
  api::SavedPod saved;
  saved.meta = ReadMetadata(object["metadata"], KeepOurs);
  saved.manifest = Dump(object["template"].Copy());
  return saved;
}

std::string PodTemplateBody(const SavedPodInput& input) {
  return Dump({{"apiVersion", "v1"},
               {"kind", "PodTemplate"},
               {"metadata",
                {{"name", input.name},
                 {"namespace", input.ns},
                 {"labels", {{std::string(api::kSavedPod), "true"}}},
                 {"annotations",
                  {{std::string(api::kJobUpgrade), input.upgrade},
                   {std::string(api::kJobUpgradeUid), input.upgrade_uid},
                   {std::string(api::kSavedPodName), input.pod},
                   {std::string(api::kSavedPodUid), input.pod_uid},
                   {std::string(api::kSavedPodNode), input.node}}}}},
               {"template", Template(input.manifest)}});
}

std::string RecreatedPodBody(const std::string& ns,
                             const std::string& name,
                             const std::string& old_uid,
                             const std::string& manifest) {
  Json pod = Template(manifest);
  Json& metadata = pod["metadata"];
  metadata["name"] = name;
  metadata["namespace"] = ns;
  metadata["labels"][std::string(api::kSavedPod)] = "true";
  metadata["annotations"][std::string(api::kSavedPodUid)] = old_uid;
  pod["apiVersion"] = "v1";
  pod["kind"] = "Pod";
  return Dump(pod);
}

}  // namespace cu::codec
