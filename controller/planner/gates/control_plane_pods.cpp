#include "planner/gates/control_plane_pods.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "planner/executors/executor.hpp"
#include "planner/gates/turn.hpp"
#include "planner/pods/static_pods.hpp"

namespace cu::planner {
namespace {

constexpr std::size_t kNamesShown = 3;

bool IsAtWork(const Planning& planning) {
  const auto& nodes = planning.nodes();
  return std::any_of(nodes.begin(), nodes.end(), [](const NodeView& view) {
    return view.control_plane && view.in_work;
  });
}

/// The one that would be started.
const NodeView* NextOf(const Planning& planning) {
  const Candidates candidates(planning);
  const auto& nodes = planning.nodes();
  const auto next = std::find_if(nodes.begin(), nodes.end(), [&](const NodeView& view) {
    return view.control_plane && view.ready && candidates.Has(view);
  });
  return next == nodes.end() ? nullptr : &*next;
}

Hold LooksForPods(const std::string& where) {
  return Hold::Passing(api::HoldReason::kLookingAtNode,
                       "waiting for the static pods of the control plane" + where);
}

}  // namespace

GateResult AskControlPlanePods(const Planning& planning, GateMemory&) {
  GateResult result;
  // Before a kubelet is upgraded, the API servers that it will meet are to be known.
  if (planning.scope().SeesApiServer() && !planning.world().control_plane_pods.current) {
    result.hold = LooksForPods("");
    return result;
  }
  if (PoolInTurn(planning) != kControlPlanePool || IsAtWork(planning)) {
    return result;
  }
  const NodeView* next = NextOf(planning);
  if (next != nullptr && !KnowsStage(planning, *next->scoped)) {
    result.hold = LooksForPods(" on " + next->name());
    return result;
  }
  std::vector<std::string> unready;
  std::string unknown;
  for (const NodeView& view : planning.nodes()) {
    if (!view.control_plane || !view.ready || &view == next) {
      continue;  // a node that is down is waited for by the budget
    }
    result.add.Watch(WatchKind::kPodsOnNode, view.name());
    const NodePods* pods = planning.PodsOf(view.name());
    if (pods == nullptr) {
      unknown = view.name();
      continue;
    }
    for (const auto& [key, pod] : *pods->all) {
      if (IsOfControlPlane(pod) && !pod.ready) {
        unready.push_back(key);
      }
    }
  }
  if (!unready.empty()) {
    result.hold =
        Hold::Passing(api::HoldReason::kWaitingForNodes,
                      "waiting for static pods of the control plane that are not Ready: " +
                          base::JoinNames(unready, kNamesShown));
  } else if (!unknown.empty()) {
    result.hold = Hold::Passing(api::HoldReason::kLookingAtNode, "checking the pods on " + unknown);
  }
  return result;
}

}  // namespace cu::planner
