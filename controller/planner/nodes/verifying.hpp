#pragma once
#include "planner/model/node_work.hpp"

namespace cu::planner {

/// Step Verifying: over once the node is at the version, Ready, with a new sign of life, rebooted
/// and with its DaemonSet pods where asked, for spec.verify.minReadySeconds without interruption.
/// Private to planner/.
void AdvanceVerifying(NodeWork& work);

/// Whether a failed node that is Ready at the target has recovered from what it failed for, as far
/// as can be seen before it is verified anew: one that would only fail again is not.
Asked<bool> HasRecovered(const Planning& planning,
                         const api::NodeFailure& failure,
                         const api::Node& node);

}  // namespace cu::planner
