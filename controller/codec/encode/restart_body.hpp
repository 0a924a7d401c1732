#pragma once
#include <string>

#include "base/time.hpp"

namespace cu::codec {

/// A merge patch that has a workload replace its pods, as kubectl rollout restart does
/// (kubernetes/kubectl pkg/polymorphichelpers/objectrestarter.go), if it is still that object in
/// that version.
std::string RestartPatch(const std::string& uid,
                         const std::string& resource_version,
                         base::WallTime at);

}  // namespace cu::codec
