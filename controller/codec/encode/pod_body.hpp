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

/// v1 PodTemplate with our label and annotations.
std::string PodTemplateBody(const api::PodToSave& pod);
/// v1 Pod of a manifest, with our label and the UID of the pod before it.
std::string RecreatedPodBody(const std::string& ns,
                             const std::string& name,
                             const std::string& old_uid,
                             const std::string& manifest);

}  // namespace cu::codec
