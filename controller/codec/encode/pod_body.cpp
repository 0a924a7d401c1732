#include "codec/encode/pod_body.hpp"

#include <utility>

#include "api/labels.hpp"
#include "codec/json.hpp"

namespace cu::codec {
namespace {

Json Template(const std::string& manifest) {
  Json tree = Json::parse(manifest, nullptr, false);
  return tree.is_object() ? tree : Json::object();
}

Json& ObjectIn(Json& object, const char* name) {
  Json& member = object[name];
  if (!member.is_object()) {
    member = Json::object();
  }
  return member;
}

}  // namespace

std::string EvictionBody(const std::string& ns,
                         const std::string& name,
                         const std::string& uid,
                         std::optional<int> grace_seconds) {
  Json options = {{"preconditions", {{"uid", uid}}}};
  if (grace_seconds) {
    options["gracePeriodSeconds"] = *grace_seconds;
  }
  return Dump({{"apiVersion", "policy/v1"},
               {"kind", "Eviction"},
               {"metadata", {{"name", name}, {"namespace", ns}}},
               {"deleteOptions", std::move(options)}});
}

std::string PodTemplateBody(const api::PodToSave& pod) {
  return Dump({{"apiVersion", "v1"},
               {"kind", "PodTemplate"},
               {"metadata",
                {{"name", pod.name},
                 {"namespace", pod.ns},
                 {"labels", {{std::string(api::kSavedPod), "true"}}},
                 {"annotations",
                  {{std::string(api::kJobUpgrade), pod.upgrade},
                   {std::string(api::kJobUpgradeUid), pod.upgrade_uid},
                   {std::string(api::kSavedPodName), pod.pod},
                   {std::string(api::kSavedPodUid), pod.pod_uid},
                   {std::string(api::kSavedPodNode), pod.node},
                   {std::string(api::kSavedPodManifest), pod.manifest}}}}},
               {"template", Template(pod.manifest)}});
}

std::string RecreatedPodBody(const RecreatedPod& recreated) {
  Json pod = Template(recreated.manifest);
  Json& metadata = ObjectIn(pod, "metadata");
  metadata["name"] = recreated.name;
  metadata["namespace"] = recreated.ns;
  ObjectIn(metadata, "labels")[std::string(api::kSavedPod)] = "true";
  Json& annotations = ObjectIn(metadata, "annotations");
  annotations[std::string(api::kSavedPodUid)] = recreated.old_uid;
  annotations[std::string(api::kSavedPodDigest)] = recreated.digest;
  pod["apiVersion"] = "v1";
  pod["kind"] = "Pod";
  return Dump(pod);
}

}  // namespace cu::codec
