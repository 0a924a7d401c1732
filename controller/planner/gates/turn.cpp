#include "planner/gates/turn.hpp"

#include "planner/gates/pool_use.hpp"

namespace cu::planner {
namespace {

template <class Wanted>
std::string FirstPool(const Planning& planning, bool control_plane, Wanted wanted) {
  for (const NodeView& view : planning.nodes()) {
    if (view.control_plane == control_plane && wanted(view)) {
      return view.scoped->pool;
    }
  }
  return "";
}

/// Its components come before the kubelet of any node.
bool IsComponentsTurn(const NodeView& view) {
  return view.components_behind && view.IsInTurn();
}

}  // namespace

std::string PoolInTurn(const Planning& planning) {
  const auto is_pending = [&](const NodeView& view) {
    return view.in_work || (view.in_hop && view.pending() && !IsPassedOver(planning, view));
  };
  const auto comes_back = [&](const NodeView& view) {
    return view.in_hop && view.ComesBack() && !IsPassedOver(planning, view);
  };
  for (const bool control_plane : {true, false}) {
    std::string pool = FirstPool(planning, control_plane, is_pending);
    if (pool.empty()) {
      pool = FirstPool(planning, control_plane, comes_back);
    }
    if (!pool.empty()) {
      return pool;
    }
  }
  return FirstPool(planning, false, [](const NodeView& view) { return view.IsInTurn(); });
}

Candidates::Candidates(const Planning& planning) {
  for (const NodeView& view : planning.nodes()) {
    if (view.in_hop && view.pending() && !IsPassedOver(planning, view)) {
      (view.control_plane ? control_plane_pending_ : workers_pending_) = true;
    }
    components_pending_ = components_pending_ || IsComponentsTurn(view);
  }
}

bool Candidates::Has(const NodeView& view) const {
  if (components_pending_ && !IsComponentsTurn(view)) {
    return false;
  }
  const bool others = view.control_plane ? control_plane_pending_ : workers_pending_;
  return view.in_hop && (others ? view.pending() : view.ComesBack());
}

}  // namespace cu::planner
