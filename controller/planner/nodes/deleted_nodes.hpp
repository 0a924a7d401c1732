#pragma once
#include <optional>
#include <string>
#include <vector>

#include "api/cluster_upgrade.hpp"
#include "base/time.hpp"
#include "planner/model/planning.hpp"

/// Nodes whose Node object was deleted while an external tool had them in work. Their places stay
/// taken until new nodes have come. Private to planner/.
namespace cu::planner {

/// Entries of status.inProgress whose Node is gone and may be replaced become deleted nodes; what
/// is to be forgotten of deleted nodes goes.
void NoteDeletedNodes(const World& world, api::ClusterUpgradeStatus& status);

/// Deleted nodes as they ought to be, and what fails.
struct DeletedNodes {
  std::vector<api::DeletedNode> nodes;
  std::vector<api::NodeFailure> failures;
  Contribution add;
};
/// Who has taken whose place, and who has waited for too long.
DeletedNodes FindReplacements(const Planning& planning);

/// The place that the failure stands for; null for a failure of a node that exists.
const api::DeletedNode* PlaceOf(const api::ClusterUpgradeStatus& status,
                                const api::NodeFailure& failure);

/// "waiting for new nodes in the place of worker-1 (pool …"; "" if no place
/// waits.
std::string DescribeAwaited(const api::ClusterUpgradeStatus& status);

}  // namespace cu::planner
