#pragma once
#include <string>

#include "access/cluster_access.hpp"
#include "base/result.hpp"

namespace cu::access {

/// What the kubelet gives every pod.
struct PodEnvironment {
  std::string api_host;         ///< KUBERNETES_SERVICE_HOST; "" outside a pod
  std::string api_port;         ///< KUBERNETES_SERVICE_PORT; "" outside a pod
  std::string service_account;  ///< the folder where token and authority are mounted
};

/// Where the service's address is an IPv6 literal its name is used, as the HTTP library cannot
/// reach one.
/// Errors: kInvalid  this is not a pod
base::Result<ClusterAccess> InCluster(const PodEnvironment& pod);

}  // namespace cu::access
