#pragma once
#include <string>

/// Private to planner/.
namespace cu::planner {

/// What the start of nodes waits for; empty lists and reason: nothing.
struct Waiting {
  std::string reason;  ///< CamelCase, for Reconciling
  std::string message;
  /// A person is needed before anything can be started.
  bool stalled = false;
  /// Only nodes that are not Ready stand in the way.
  bool unhealthy = false;
  /// Why nodes may not be drained, or "".
  std::string refusal;
  /// What preflight still looks at while paused, or "".
  std::string looking = {};
};

}  // namespace cu::planner
