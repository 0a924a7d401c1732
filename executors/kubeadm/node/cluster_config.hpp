#pragma once
#include <string>

#include "base/result.hpp"
#include "node/manifests.hpp"

namespace cu::node {

/// ClusterConfiguration of the ConfigMap kube-system/kubeadm-config, as far as we need it.
struct ClusterConfig {
  std::string text;
  std::string api_version;         ///< kubeadm.k8s.io/v1beta4
  std::string kubernetes_version;  ///< v1.35.4; the first control-plane node's upgrade raises it
  std::string etcd_data = "/var/lib/etcd";
  std::string certificates = "/etc/kubernetes/pki";
  bool external_etcd = false;
  /// What in it keeps us from making manifests by single phases of kubeadm; empty if nothing.
  std::string not_understood;
};

base::Result<ClusterConfig> ParseClusterConfig(const std::string& text);

/// What InitConfiguration has to say of this node.
struct NodeIdentity {
  std::string name;
  Endpoint endpoint;
  std::string cri_socket;  ///< empty: kubeadm finds it
};

/// The documents for `kubeadm init phase … --config`: the cluster's configuration at `version`, and
/// this node. With them `init phase control-plane all` and `init phase etcd local` write what
/// `kubeadm upgrade` would: both call phases/controlplane/manifests.go, CreateStaticPodFiles, and
/// phases/etcd/local.go, CreateLocalEtcdStaticPodManifestFile, the latter with an empty list of
/// members, so that a member that joined a larger etcd gets the same flags either way
/// (phases/upgrade/staticpods.go, performEtcdStaticPodUpgrade; cmd/phases/init/etcd.go,
/// runEtcdPhaseLocal).
std::string SwapConfig(const ClusterConfig& cluster,
                       const std::string& version,
                       const NodeIdentity& node);

}  // namespace cu::node
