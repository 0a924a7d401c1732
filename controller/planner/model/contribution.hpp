#pragma once
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "planner/model/action.hpp"
#include "planner/model/finding.hpp"
#include "planner/model/wanted_watch.hpp"

namespace cu::planner {

/// What one part of the planner adds to a plan. Parts return it; MakePlan alone merges.
struct Contribution {
  std::vector<Action> actions;  ///< in order of importance
  std::set<WantedWatch> watches;
  std::optional<base::SteadyTime> wake_at;  ///< the plan may differ then though nothing changed
  std::vector<Finding> warnings;            ///< findings that only warn
  std::vector<Finding> refusals;            ///< findings that hold the upgrade or a node

  void Want(Action action) { actions.push_back(std::move(action)); }
  void Watch(WatchKind kind, std::string name) { watches.insert({kind, std::move(name)}); }
  void WakeAt(std::optional<base::SteadyTime> time);
  void Warn(Finding finding) { warnings.push_back(std::move(finding)); }
  /// Appends.
  void Add(Contribution other);
};

/// An answer, and what has to be watched, or looked at again, for a better one.
template <class T>
struct Asked {
  T answer;
  Contribution add = {};
};

}  // namespace cu::planner
