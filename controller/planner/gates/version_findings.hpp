#pragma once
#include "planner/model/finding.hpp"
#include "planner/model/planning.hpp"

namespace cu::planner {

/// What the versions and labels of nodes say against the target: a suffix that no node will ever
/// report, a pre-release that would be a step back, a control plane that cannot be told from the
/// workers. Private to planner/.
void FindInVersions(const Planning& planning, FindingBook& book);

/// Where kubeadm upgrades etcd, too: whether each hop brings a minor that etcd can go to. False
/// while the static pods of the control plane are not known.
bool FindEtcdSkips(const Planning& planning, FindingBook& book);

}  // namespace cu::planner
