#pragma once
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "planner/model/contribution.hpp"
#include "planner/model/memory.hpp"
#include "planner/model/planning.hpp"
#include "planner/target/hold.hpp"

/// What stands between the plan and the start of a node: one chain of gates, read from top to
/// bottom (gate.cpp). A gate is one file and one test. Private to planner/.
namespace cu::planner {

/// Warnings of an upgrade that has not begun, as preflight finds them now.
struct PreflightWarnings {
  std::vector<Finding> findings;
  int more = 0;  ///< beyond those
};

struct GateResult {
  std::optional<Hold> hold = {};
  Contribution add = {};
  std::vector<const NodeView*> start = {};  ///< nodes that may be taken into work
  std::optional<PreflightWarnings> warnings = {};
};

struct Gate {
  std::string_view name;
  GateResult (*ask)(const Planning& planning, GateMemory& memory);
  bool only_to_start = true;  ///< not asked when no node is left to be started
  bool while_paused = false;  ///< asked behind the hold of a pause, too
};
std::span<const Gate> Gates();

/// What the gates say together.
struct Passage {
  /// The first is what counts; behind a pause there may be what preflight says.
  std::vector<Hold> holds;
  Contribution add;
  std::vector<const NodeView*> start;
  std::optional<PreflightWarnings> warnings;
  GateMemory memory;
};
Passage AskGates(const Planning& planning, GateMemory memory);

}  // namespace cu::planner
