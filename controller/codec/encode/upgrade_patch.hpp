#pragma once
#include <string>
#include <vector>

#include "api/cluster_upgrade.hpp"

namespace cu::codec {

/// JSON Patch [replace /metadata/resourceVersion, add /status]: replaces the whole status, an old
/// version gives 409, an unchanged status writes nothing (seen on kube-apiserver 1.36.3).
std::string StatusPatch(const std::string& resource_version,
                        const api::ClusterUpgradeStatus& status);
/// JSON Patch [replace /metadata/resourceVersion, add /metadata/finalizers].
std::string FinalizersPatch(const std::string& resource_version,
                            const std::vector<std::string>& finalizers);

}  // namespace cu::codec
