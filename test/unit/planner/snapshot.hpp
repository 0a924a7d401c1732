#pragma once
#include <string>

#include "planner/model/node_work.hpp"
#include "planner/model/planning.hpp"
#include "unit/planner/scene.hpp"

namespace cu::planner {

/// A scene at one moment, as the parts of the planner are given it. The scene outlives it,
/// unchanged and looked at by nobody else.
class Snapshot {
 public:
  explicit Snapshot(const Scene& scene);
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

  const World& world() const { return world_; }
  const Planning& planning() const { return planning_; }
  /// Of a node in work. The snapshot outlives it.
  NodeWork WorkOn(const std::string& node) const;

 private:
  World world_;
  Planning planning_;
};

}  // namespace cu::planner
