#pragma once
#include "codec/json.hpp"

namespace cu::codec {

/// The spec of a pod that makes its kubelet pull all images of an upgrade Job's pod, from the same
/// places with the same credentials, and has no right and no volume. Its containers end at once: by
/// `true`, or because their image has no such program. `pod_spec`: complete, as the Job has it.
Json PullingPodSpec(const Json& pod_spec);

}  // namespace cu::codec
