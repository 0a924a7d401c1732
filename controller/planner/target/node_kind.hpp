#pragma once
#include <string>

#include "api/objects.hpp"

/// What stands behind a Node object, as far as its labels, taints and versions tell. Private to
/// planner/.
namespace cu::planner {

/// What says that no kubelet of this cluster stands behind the node, as "label
/// type=virtual-kubelet"; "" if it is an ordinary node. Such a node has no version that could be
/// upgraded, and none that the version skew policy speaks of.
std::string VirtualMarkOf(const api::Node& node);

/// The operating system by label or, without one, as the kubelet reports it; "linux" if neither
/// says anything.
std::string SystemOf(const api::Node& node);

}  // namespace cu::planner
