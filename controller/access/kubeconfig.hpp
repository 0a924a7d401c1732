#pragma once
#include <string>

#include "access/cluster_access.hpp"
#include "base/result.hpp"

namespace cu::access {

/// The current context of a kubeconfig file. Everything that cannot be done is refused with what to
/// do instead: programs that make credentials, basic authentication, unverified TLS, proxies.
/// Relative paths in it start at the file's folder.
/// Errors: kInvalid  with the file, the entry and the reason
base::Result<ClusterAccess> FromKubeconfig(const std::string& path);

}  // namespace cu::access
