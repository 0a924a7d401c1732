#pragma once
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "unit/planner/instant_cluster.hpp"

namespace cu::planner {

/// What happens, one line each. At the margin durable changes of the status, indented by two what
/// is sent to the server, indented by four what everybody else does.
class Log {
 public:
  /// What has changed of nodes, saved pods and warnings.
  void Change(const api::ClusterUpgradeStatus& before, const api::ClusterUpgradeStatus& after);
  /// Ready, Reconciling, Stalled and their reason, if they are others than those noted last.
  void Conditions(const std::string& conditions);
  void Sent(const Action& action, const std::string& answer = "");
  void Event(const std::string& what);

  const Lines& lines() const { return lines_; }

 private:
  void LeftWork(const api::ClusterUpgradeStatus& before, const api::ClusterUpgradeStatus& after);
  void Failures(const api::ClusterUpgradeStatus& before, const api::ClusterUpgradeStatus& after);
  void Postponed(const api::ClusterUpgradeStatus& before, const api::ClusterUpgradeStatus& after);
  void InWork(const api::ClusterUpgradeStatus& before, const api::ClusterUpgradeStatus& after);

  Lines lines_;
  std::string conditions_;
};

/// An upgrade as a story: every event of the world outside is followed by all that the controller
/// does about it. What it sends is carried out at once, but for what the server refuses.
class Story {
 public:
  /// `scene` outlives it.
  explicit Story(Scene& scene);
  Story(const Story&) = delete;
  Story& operator=(const Story&) = delete;

  /// The controller starts.
  void Begin() { Run(); }
  void Pass(int seconds);
  /// The Job on the node ends well, and its kubelet reports the version.
  void EndJob(const std::string& node);
  void FailJob(const std::string& node);
  /// Somebody brings the node to its version by other means.
  void UpgradeByHand(const std::string& node);
  /// Anything else.
  void Event(const std::string& what, const std::function<void()>& happens);

  /// From now on the server answers the action, as Describe says it, that its budget has no room.
  void Refuse(const std::string& action) { refused_.insert(action); }
  void AcceptAll() { refused_.clear(); }

  const Lines& lines() const { return log_.lines(); }
  InstantCluster& cluster() { return cluster_; }

 private:
  void Run();
  /// False if the server has refused it already and would again.
  bool Send(const Action& action);

  Scene& scene_;
  InstantCluster cluster_;
  Log log_;
  std::set<std::string> refused_;
};

}  // namespace cu::planner
