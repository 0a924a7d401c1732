#pragma once
#include <string>

#include "planner/gates/gate.hpp"
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

/// What one gate says of a scene.
class Asking {
 public:
  using Gate = GateResult (*)(const Planning& planning, GateMemory& memory);

  Asking(Gate gate, const Scene& scene, GateMemory remembered = {});

  /// Of the hold, or "".
  std::string reason() const;
  std::string message() const;
  /// Names of the nodes that may be started.
  Lines start() const;
  bool Watches(WatchKind kind, const std::string& name = "") const;

  const GateResult& result() const { return result_; }
  const GateMemory& memory() const { return memory_; }

 private:
  Snapshot seen_;
  GateMemory memory_;
  GateResult result_;
};

}  // namespace cu::planner
