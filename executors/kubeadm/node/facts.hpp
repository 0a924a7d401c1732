#pragma once
#include <string>

#include "node/cluster.hpp"
#include "node/cluster_config.hpp"
#include "node/manifests.hpp"
#include "node/state.hpp"
#include "node/steps.hpp"

namespace cu::node {

/// What is on the node, and what its cluster says of it.
struct Facts {
  std::string kubeadm_version;  ///< of the image
  std::string new_kubelet;      ///< version of the image's kubelet
  std::string kubelet_path;     ///< of the host, without links
  std::string kubectl_path;     ///< of the host; empty if it has none
  std::string kubelet_on_disk;  ///< its version; empty if it does not say
  Manifests manifests;
  bool control_plane = false;
  bool stacked_etcd = false;
  ClusterConfig config;
  NodeObject node;
  int etcd_members = 0;
  std::string
      server_version;  ///< of the API server that was asked: on a control-plane node its own
  Finished finished;
};

/// The version in "v1.36.3" or "Kubernetes v1.36.3"; empty if there is none.
std::string VersionIn(const std::string& text);

/// Is kubeadm's control plane on this node, or about to be upgraded on it?
bool IsControlPlane(Host& host, const Options& options);

/// Pre: the API server can be asked. Errors of kind kInvalid: the input does not fit this node.
base::Result<Facts> GatherFacts(Work& work);

}  // namespace cu::node
