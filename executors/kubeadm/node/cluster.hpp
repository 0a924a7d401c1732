#pragma once
#include <chrono>
#include <string>

#include "node/host.hpp"

namespace cu::node {

inline constexpr const char* kAdminKubeconfig = "/etc/kubernetes/admin.conf";
inline constexpr const char* kKubeletKubeconfig = "/etc/kubernetes/kubelet.conf";

/// What a node object says.
struct NodeObject {
  std::string kubelet_version;
  std::string boot_id;
  std::string cri_socket;  ///< kubeadm's annotation; empty if there is none
};

/// GETs through the image's kubectl: it knows every kind of kubeconfig, and needs no discovery for
/// `get --raw`.
class Server {
 public:
  /// `url` empty: the server of the kubeconfig. `kubeconfig` empty: none, for a plain local port.
  Server(Host& host, std::string kubeconfig, std::string url)
      : host_(host), kubeconfig_(std::move(kubeconfig)), url_(std::move(url)) {}

  base::Result<std::string> Get(const std::string& path) const;

  /// kube-system/kubeadm-config, ClusterConfiguration.
  base::Result<std::string> ClusterConfiguration() const;
  base::Result<NodeObject> Node(const std::string& name) const;
  /// How many pods of etcd the cluster has: kubeadm's label component=etcd.
  base::Result<int> EtcdMembers() const;
  /// gitVersion of /version.
  base::Result<std::string> Version() const;
  /// /readyz.
  Status Ready() const;

 private:
  Host& host_;
  std::string kubeconfig_;
  std::string url_;
};

}  // namespace cu::node
