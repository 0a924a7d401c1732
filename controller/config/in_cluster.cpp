#include "config/cluster_access.hpp"

namespace cu::config {

base::Result<ClusterAccess> InCluster(const Environment& environment) {
  const auto host = environment.Variable("KUBERNETES_SERVICE_HOST");
  const auto port = environment.Variable("KUBERNETES_SERVICE_PORT");
  if (!host || !port) {
    return base::Error{base::ErrorKind::kInvalid,
                       "this is not a pod (KUBERNETES_SERVICE_HOST and _PORT are not set): name a "
                       "cluster by --kubeconfig FILE or KUBECONFIG"};
  }
  const bool ipv6 = host->find(':') != std::string::npos;
  ClusterAccess access;
  access.server = "https://" + (ipv6 ? std::string("kubernetes.default.svc") : *host) + ":" + *port;
  access.authority.file = environment.service_account + "/ca.crt";
  access.token.file = environment.service_account + "/token";
  return access;
}

}  // namespace cu::config
