#pragma once
#include "node/steps.hpp"

namespace cu::node {

/// The first thing of every run: what an attempt that was killed left half done is made whole. All
/// manifests of a control-plane node are there, the kubelet runs, and a change under way is ended,
/// forward or back.
Verdict Mend(Work& work);

/// Waits until the control plane of this node answers. If it does not, and an earlier attempt was
/// killed while kubeadm changed the static pods, they are put back out of kubeadm's own backup;
/// that ends this attempt.
Verdict LookAtControlPlane(Work& work);

}  // namespace cu::node
