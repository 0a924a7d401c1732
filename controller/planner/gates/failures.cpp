#include "planner/gates/failures.hpp"

#include <string>
#include <vector>

#include "base/text.hpp"
#include "planner/nodes/deleted_nodes.hpp"

namespace cu::planner {
namespace {

constexpr std::size_t kNamesShown = 3;

}  // namespace

GateResult AskFailures(const Planning& planning, GateMemory&) {
  std::vector<std::string> workers;
  for (const api::NodeFailure& failure : planning.status().failures) {
    if (const api::DeletedNode* place = PlaceOf(planning.status(), failure)) {
      if (place->pool == kControlPlanePool) {
        return {Hold::NeedsPerson(
            api::HoldReason::kControlPlaneNodeFailed,
            "control-plane node " + failure.name + " failed (" + NameOf(failure.reason) + ": " +
                failure.message +
                "); replace it, or give its place up: set the annotation clusterupgrade.io/retry "
                "to a new value")};
      }
      workers.push_back(failure.name + " (" + NameOf(failure.reason) + ")");
      continue;
    }
    const NodeView* view = planning.FindView(failure.name);
    if (failure.retried || view == nullptr || view->skip != nullptr) {
      continue;
    }
    if (view->control_plane) {
      return {Hold::NeedsPerson(
          api::HoldReason::kControlPlaneNodeFailed,
          "control-plane node " + failure.name + " failed (" + NameOf(failure.reason) + ": " +
              failure.message +
              "); repair it, or retry: set the annotation clusterupgrade.io/retry to a new value")};
    }
    workers.push_back(failure.name + " (" + NameOf(failure.reason) + ")");
  }
  const int tolerated = planning.spec().failure_policy.max_failed_nodes;
  if (static_cast<int>(workers.size()) <= tolerated) {
    return {};
  }
  return {Hold::NeedsPerson(
      api::HoldReason::kTooManyFailed,
      std::to_string(workers.size()) +
          (workers.size() == 1 ? " node failed (maxFailedNodes is "
                               : " nodes failed (maxFailedNodes is ") +
          std::to_string(tolerated) + "): " + base::JoinNames(workers, kNamesShown) +
          "; repair them, or retry: set the annotation clusterupgrade.io/retry to a new value")};
}

}  // namespace cu::planner
