#pragma once
#include "node/manifests.hpp"
#include "node/state.hpp"
#include "node/steps.hpp"

namespace cu::node {

/// Ends the processes of these static pods: the API server first, which gets a second for the
/// requests in flight, so that nobody waits in one that has lost its etcd; then waits for etcd.
/// Only what runs exactly a manifest's command is touched. Pre: the kubelet is stopped.
Status EndStaticPods(Work& work, const Manifests& manifests);

/// Puts back what the journal's backup holds: manifests, certificates, programs, and etcd's data
/// only if etcd alone does not come up with them and it has no other member. Ends whole or needs a
/// person; a kill in between is made good by the next attempt.
Verdict GoBack(Work& work, Journal journal, const base::Error& why);

}  // namespace cu::node
