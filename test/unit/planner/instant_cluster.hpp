#pragma once
#include <set>
#include <string>
#include <vector>

#include "unit/planner/scene.hpp"

namespace cu::planner {

/// The server and the cluster behind a scene: whatever is sent is accepted and carried out at once.
class InstantCluster {
 public:
  /// `scene` outlives it.
  explicit InstantCluster(Scene& scene) : scene_(scene) {}

  /// Carries it out and records that it was accepted.
  void Apply(const Action& action);
  void Apply(const std::vector<Action>& actions);
  /// Carries it out; nobody hears of it but the watches.
  void CarryOut(const Action& action);

  /// The Job ends, and its pod with it.
  void CompleteJob(const std::string& name);
  void FailJob(const std::string& name);

  /// Applies what plans want until they want nothing new, up to the moment that only the outside
  /// world (a Job, a kubelet, time) can move on.
  void Run();
  /// Run() up to a step of one node.
  void RunTo(const std::string& node, const std::string& step);

  /// Nodes that users have cordoned: they stay cordoned when ours is released.
  std::set<std::string> cordoned_by_users;

 private:
  void EndJob(const std::string& name, api::PodPhase phase);

  Scene& scene_;
};

}  // namespace cu::planner
