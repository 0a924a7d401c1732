#pragma once
#include "planner/model/contribution.hpp"
#include "planner/model/planning.hpp"

namespace cu::planner {

/// What work needs to see: pods of every node in work, our own replicas while our node is one of
/// them, and while anything is to be done the static pods of the control plane. They say what the
/// API servers really are, and with executor Kubeadm what there is to do.
Contribution WatchesOfWork(const Planning& planning);

}  // namespace cu::planner
