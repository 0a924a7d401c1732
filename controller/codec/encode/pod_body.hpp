#pragma once
#include <optional>
#include <string>

#include "api/requests.hpp"

namespace cu::codec {

/// policy/v1 Eviction with deleteOptions.preconditions.uid.
std::string EvictionBody(const std::string& ns,
                         const std::string& name,
                         const std::string& uid,
                         std::optional<int> grace_seconds);

/// v1 PodTemplate with our label and annotations; one holds the manifest as it is.
std::string PodTemplateBody(const api::PodToSave& pod);
/// v1 Pod of a manifest, with our label, the UID of the pod before it and the digest of what was
/// saved.
struct RecreatedPod {
  std::string ns;
  std::string name;
  std::string old_uid;
  std::string manifest;
  std::string digest;
};
std::string RecreatedPodBody(const RecreatedPod& recreated);

}  // namespace cu::codec
