#pragma once
#include "api/requests.hpp"
#include "codec/json.hpp"

namespace cu::codec {

/// The PodTemplateSpec of a built-in executor, as a user would write it for an executor Job. Pre:
/// the executor is Kubeadm, K3s or RKE2.
///
/// Kubeadm: the image's own program (executors/kubeadm/README.md) with the rights that are listed
/// there, none of them `privileged`.
/// K3s, RKE2: the contract of rancher/k3s-upgrade and rancher/rke2-upgrade, as their plans for
/// system-upgrade-controller have it (github.com/k3s-io/k3s-upgrade, README.md and scripts/
/// upgrade.sh): the image's entry point replaces the program below /host and ends the service,
/// which systemd starts again.
Json BuiltInTemplate(const api::JobRequest& job);

}  // namespace cu::codec
