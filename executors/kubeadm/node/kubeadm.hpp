#pragma once
#include <string>

#include "node/plan.hpp"
#include "node/steps.hpp"

namespace cu::node {

/// kubeadm's commands as we use them. Their order and flags: cmd/upgrade/apply.go and node.go,
/// cmd/phases/upgrade/{apply,node}/preflight.go (both pull the images of a control-plane node),
/// cmd/certs.go (newCmdCertsRenewal: with --config it asks no server), cmd/phases/init/.

/// `upgrade apply phase preflight` or `upgrade node phase preflight`.
Status Preflight(Work& work, const Plan& plan);
/// `upgrade apply --yes` or `upgrade node`: all of it, or what is still missing.
Status KubeadmUpgrade(Work& work, bool first);
/// `certs renew all`.
Status RenewCertificates(Work& work, const std::string& config);
/// `init phase control-plane all`, and `init phase etcd local` if `etcd`.
Status WriteManifests(Work& work, const std::string& config, bool etcd);

}  // namespace cu::node
