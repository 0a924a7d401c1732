#pragma once
#include "node/facts.hpp"
#include "node/plan.hpp"
#include "node/state.hpp"
#include "node/steps.hpp"

namespace cu::node {

/// Changes all static pods of this node, and the kubelet with them if the plan says so, while the
/// kubelet is stopped, so that its start changes them all at once and the API server here is away
/// once and for seconds. With plain kubeadm a single one is away for two minutes: each static pod
/// waits for its old one, and the kubelet waits in an API server that has lost its etcd. Then
/// kubeadm completes the rest, and finds that the manifests are as it would have made them. If the
/// swapped control plane does not become healthy, all goes back. Pre: preflight has passed; nothing
/// else is under way.
Verdict OneSwap(Work& work, const Facts& facts, const Plan& plan);

/// By kubeadm alone: `upgrade apply` or `upgrade node`. It goes back by itself.
Verdict PlainUpgrade(Work& work, const Plan& plan);

}  // namespace cu::node
