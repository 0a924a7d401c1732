#include "access/in_cluster.hpp"

namespace cu::access {

base::Result<ClusterAccess> InCluster(const PodEnvironment& pod) {
  if (pod.api_host.empty() || pod.api_port.empty()) {
    return base::Error{base::ErrorKind::kInvalid,
                       "not running in a pod (KUBERNETES_SERVICE_HOST and _PORT are not set): set "
                       "--kubeconfig or KUBECONFIG"};
  }
  const bool ipv6 = pod.api_host.find(':') != std::string::npos;
  ClusterAccess access;
  access.server =
      "https://" + (ipv6 ? "kubernetes.default.svc" : pod.api_host) + ":" + pod.api_port;
  access.tls.authority.file = pod.service_account + "/ca.crt";
  access.token.file = pod.service_account + "/token";
  return access;
}

}  // namespace cu::access
