#pragma once
#include <string>

#include "planner/model/planning.hpp"

/// Whose turn it is. Private to planner/.
namespace cu::planner {

/// The pool in turn: the first with a node that is in work or pending, then the first with one that
/// comes back; of the control plane before the workers. Nodes that are passed over (pool_use) are
/// in turn when nothing else is. "" when no node is left to be started.
std::string PoolInTurn(const Planning& planning);

/// Who may be started: pending nodes, and once none of them is left, those that come back; the
/// control plane and the workers apart.
class Candidates {
 public:
  explicit Candidates(const Planning& planning);
  bool Has(const NodeView& view) const;

 private:
  bool control_plane_pending_ = false;
  bool workers_pending_ = false;
  bool components_pending_ = false;
};

}  // namespace cu::planner
