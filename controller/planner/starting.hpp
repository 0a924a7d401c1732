#pragma once
#include <string>
#include <vector>

#include "planner/draft.hpp"

/// Which nodes are started next, and why none is. Private to planner/.
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

/// Not done, not failed for good, not in work, not left to a person.
bool IsToBeDone(const Draft& draft, const ScopedNode& scoped);
/// And under a drain.
bool IsToBeDrained(const Draft& draft, const ScopedNode& scoped);
/// A node was started for spec.version, and the upgrade was not complete since.
bool HasBegun(const Draft& draft);

/// Adds entries for the nodes to start now (their preflight passed) and watches the pods of the
/// next candidates. Says what it waits for.
Waiting StartNodes(Draft& draft);

}  // namespace cu::planner
