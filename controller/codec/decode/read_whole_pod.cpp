#include "codec/decode/read_whole_pod.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "api/labels.hpp"
#include "codec/decode/read_metadata.hpp"

// A pod as it can be created again: what the cluster has added to this one instance is left out.
namespace cu::codec {
namespace {

std::string TextOf(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

/// The volume with the token that the ServiceAccount admission plugin adds under a generated name;
/// it adds one to the next pod as well. A pod that forbids this brings its own.
/// https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/#bound-service-account-token-volume
bool IsAddedToken(const Json& volume) {
  constexpr std::string_view kPrefix = "kube-api-access-";
  constexpr std::size_t kGenerated = 5;
  const std::string name = volume.is_object() ? TextOf(volume, "name") : "";
  return name.starts_with(kPrefix) && name.size() == kPrefix.size() + kGenerated &&
         volume.contains("projected");
}

std::set<std::string> TakeAddedTokens(Json& spec) {
  std::set<std::string> names;
  const auto automount = spec.find("automountServiceAccountToken");
  const auto volumes = spec.find("volumes");
  if (volumes == spec.end() || !volumes->is_array() ||
      (automount != spec.end() && *automount == false)) {
    return names;
  }
  for (const Json& volume : *volumes) {
    if (IsAddedToken(volume)) {
      names.insert(TextOf(volume, "name"));
    }
  }
  volumes->erase(std::remove_if(volumes->begin(), volumes->end(), IsAddedToken), volumes->end());
  return names;
}

void EraseMounts(Json& container, const std::set<std::string>& volumes) {
  if (!container.is_object() || !container.contains("volumeMounts") ||
      !container["volumeMounts"].is_array()) {
    return;
  }
  Json& mounts = container["volumeMounts"];
  mounts.erase(std::remove_if(mounts.begin(),
                              mounts.end(),
                              [&](const Json& mount) {
                                return mount.is_object() && volumes.contains(TextOf(mount, "name"));
                              }),
               mounts.end());
}

/// nodeName: where it ran. ephemeralContainers: cannot be created. serviceAccount repeats
/// serviceAccountName. priority, preemptionPolicy and overhead are made by admission from the
/// classes named beside them, and refused if they differ (kubernetes/kubernetes
/// plugin/pkg/admission/priority, runtimeclass).
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
  const std::set<std::string> tokens = TakeAddedTokens(spec);
  for (const char* list : {"containers", "initContainers"}) {
    if (spec.contains(list) && spec[list].is_array()) {
      for (Json& container : spec[list]) {
        EraseMounts(container, tokens);
      }
    }
  }
  return spec;
}

/// Our own labels and annotations, and the addresses that network plugins have given to this
/// instance: some read them as a request.
constexpr std::array<std::string_view, 12> kKeysOfThisInstance = {
    api::kSavedPod,
    api::kSavedPodName,
    api::kSavedPodUid,
    api::kSavedPodNode,
    api::kSavedPodManifest,
    api::kSavedPodDigest,
    "cni.projectcalico.org/containerID",
    "cni.projectcalico.org/podIP",
    "cni.projectcalico.org/podIPs",
    "k8s.v1.cni.cncf.io/network-status",
    "k8s.v1.cni.cncf.io/networks-status",
    "k8s.ovn.org/pod-networks"};

Json CleanMap(Json map) {
  if (!map.is_object()) {
    return Json::object();
  }
  for (const std::string_view key : kKeysOfThisInstance) {
    map.erase(std::string(key));
  }
  return map;
}

/// Who else goes when their owner goes. blockOwnerDeletion needs a right on the owner.
Json CleanOwners(Json owners) {
  if (!owners.is_array()) {
    return Json::array();
  }
  for (Json& owner : owners) {
    if (owner.is_object()) {
      owner.erase("blockOwnerDeletion");
    }
  }
  return owners;
}

Json CleanMetadata(const Reader& metadata) {
  Json clean = {{"labels", CleanMap(metadata["labels"].Copy())},
                {"annotations", CleanMap(metadata["annotations"].Copy())}};
  if (Json owners = CleanOwners(metadata["ownerReferences"].Copy()); !owners.empty()) {
    clean["ownerReferences"] = std::move(owners);
  }
  return clean;
}

}  // namespace

template <>
Names DroppedMembers<api::WholePod>() {
  static constexpr auto kNames = std::to_array<std::string_view>({"managedFields", "status"});
  return kNames;
}

template <>
Names DroppedMembers<api::SavedPod>() {
  static constexpr auto kNames = std::to_array<std::string_view>({"managedFields", "template"});
  return kNames;
}

template <>
api::WholePod Read(const Reader& object) {
  api::WholePod pod;
  pod.meta = ReadMetadata(object["metadata"], KeepOurs);
  Json spec = object["spec"].Copy();
  if (spec.is_object()) {
    pod.manifest = Dump(
        {{"metadata", CleanMetadata(object["metadata"])}, {"spec", CleanSpec(std::move(spec))}});
  }
  return pod;
}

template <>
api::SavedPod Read(const Reader& object) {
  api::SavedPod saved;
  saved.meta = ReadMetadata(object["metadata"], KeepOurs);
  // From here on it is kept once.
  if (auto manifest = saved.meta.annotations.extract(std::string(api::kSavedPodManifest))) {
    saved.manifest = std::move(manifest.mapped());
  }
  const auto says = [&](std::string_view key) { return api::AnnotationOf(saved.meta, key); };
  saved.digest = api::DigestOf({saved.meta.ns,
                                "",
                                says(api::kSavedPodName),
                                says(api::kSavedPodUid),
                                says(api::kSavedPodNode),
                                "",
                                says(api::kJobUpgradeUid),
                                saved.manifest});
  return saved;
}

}  // namespace cu::codec
