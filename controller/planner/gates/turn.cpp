#include "planner/gates/turn.hpp"

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

}  // namespace

std::string PoolInTurn(const Planning& planning) {
  for (const bool control_plane : {true, false}) {
    std::string pool = FirstPool(planning, control_plane, [](const NodeView& view) {
      return view.in_work || view.pending();
    });
    if (pool.empty()) {
      pool =
          FirstPool(planning, control_plane, [](const NodeView& view) { return view.ComesBack(); });
    }
    if (!pool.empty()) {
      return pool;
    }
  }
  return "";
}

Candidates::Candidates(const Planning& planning) {
  for (const NodeView& view : planning.nodes()) {
    if (view.pending()) {
      (view.control_plane ? control_plane_pending_ : workers_pending_) = true;
    }
  }
}

bool Candidates::Has(const NodeView& view) const {
  const bool others = view.control_plane ? control_plane_pending_ : workers_pending_;
  return others ? view.pending() : view.ComesBack();
}

}  // namespace cu::planner
