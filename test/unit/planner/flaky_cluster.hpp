#pragma once
#include <map>
#include <string>
#include <vector>

#include "unit/planner/scene.hpp"

namespace cu::planner {

/// What happens to the controller at one of its writes.
enum class Fault {
  kNone,
  kCrashBefore,  ///< it never reaches the server
  kCrashAfter,   ///< it is carried out, and nobody remembers
  kReplyLost
};

/// A cluster of workers that time passes in: pods take time to end and to start, the server may
/// refuse, and the controller may crash before or after anything it writes. Under
/// unmanagedPods: Recreate.
class FlakyCluster {
 public:
  explicit FlakyCluster(const std::vector<std::string>& workers);

  void Add(const std::string& node, api::Pod pod);

  /// One plan and what comes of it, then one second of everybody else's life.
  void Step();
  void Steps(int count);
  /// Steps until `holds`, at most `max` of them.
  template <class Holds>
  bool RunUntil(Holds holds, int max = 400) {
    for (int i = 0; i < max && !holds(); ++i) {
      Step();
    }
    return holds();
  }
  bool Ready() const { return scene.Conditions() == "T F F Upgraded"; }
  /// Only what is durable is left.
  void RestartController();

  /// The pod of that key exists, and nothing has ended it or is about to.
  bool IsAlive(const std::string& key) const;
  /// A PodTemplate keeps the pod of that key.
  bool IsSaved(const std::string& key) const;
  /// How often it was sent, as Describe says it.
  int Count(const std::string& action) const;

  Scene scene;
  api::ObjectMap<api::Pod> pods;  ///< of the whole cluster
  Fault fault = Fault::kNone;
  int fault_at = -1;  ///< which of the writes it meets
  int writes = 0;     ///< so far
  int evictions = 0;  ///< that took a living pod away
  int creations = 0;
  int termination_seconds = 2;
  int startup_seconds = 1;
  bool recreated_pods_start = true;
  bool recreated_pods_lag = false;  ///< their watch delivers nothing
  std::map<ActionKind, Outcome> refusals;
  Lines applied;  ///< actions that were not refused

 private:
  /// False when the controller crashed at it.
  bool WriteStatus(const Plan& plan);
  bool Send(const Action& action);
  bool MayBeSent(const Action& action) const;
  Outcome CarryOut(const Action& action);
  Outcome Evict(const EvictPod& action);
  Outcome Create(const RecreatePod& action);
  /// Kubelets, the scheduler, and those who upgrade nodes by hand.
  void PassOneSecond();
  void StartPod(api::Pod& pod);
  /// What watches deliver.
  void PublishWatches();
};

}  // namespace cu::planner
