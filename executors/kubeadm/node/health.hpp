#pragma once
#include <string>

#include "node/cluster.hpp"
#include "node/manifests.hpp"
#include "node/steps.hpp"

namespace cu::node {

/// The parts of kubeadm's static pods that are whole now.
Manifests ReadManifests(Host& host);

/// http://127.0.0.1:10248, or what the kubelet's configuration says of healthzBindAddress and
/// healthzPort; empty if it is switched off.
std::string HealthzOf(const std::string& kubelet_config);

/// Waits until the kubelet here is healthy and the API server here is ready and says `version`
/// (empty: any). The error says what was last wrong, in the words of the component's log if it has
/// one.
Status WaitForControlPlane(Work& work, const std::string& version);

/// Does etcd here answer for itself (kubeadm's listen-metrics-urls; /health?serializable=true asks
/// no other member)?
bool EtcdAnswers(Host& host);

/// Waits until the kubelet is healthy, stays so for some seconds without a restart of its unit, and
/// the node object says `version` (empty: any).
Status WaitForKubelet(Work& work, const std::string& version);

/// A server to ask about the cluster: the own one on a control-plane node, else the kubelet's.
Server ServerFor(Host& host, const Manifests& manifests);

}  // namespace cu::node
