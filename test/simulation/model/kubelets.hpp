#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "model/database.hpp"
#include "model/rng.hpp"
#include "model/server.hpp"

namespace cu::simulation {

/// The static pods of a control-plane node that kubeadm upgrades, besides etcd.
inline const std::vector<std::string> kComponents = {
    "kube-apiserver", "kube-controller-manager", "kube-scheduler"};

/// What the program in an upgrade Job's container does to its node.
enum class Outcome {
  kSucceeds,
  kFails,             ///< exit 1, nothing changed
  kFailsAfterChange,  ///< exit 1 after the version changed
  kReboots,           ///< the node reboots at the version, which kills the Job
  kChangesNothing,    ///< exit 0, nothing changed
  kNeverStarts,       ///< ImagePullBackOff
  kRejected,          ///< the kubelet does not admit the pod, no container of it runs
  kHangs,             ///< changes nothing, never ends
  kNeverReturns,      ///< the node goes down for good
  kOtherPatch,        ///< exit 0 at a newer patch than asked for
  kDiesAfterwards,    ///< exit 0 at the version, and the kubelet dies a second later
  kDropsReady,        ///< exit 0, then the node is NotReady for a while
  kLeavesComponents,  ///< exit 0 with the kubelet at the version, its static pods as they were
};
struct Program {
  Outcome outcome = Outcome::kSucceeds;
  Duration duration{};
};
/// Chosen when the container starts.
using Programs = std::function<Program(const std::string& node, int attempt)>;

/// Every node's kubelet, its machine, and the node lifecycle controller that watches them.
class Kubelets {
 public:
  Kubelets(Timeline& timeline, Database& database, ApiServer& server, Rng rng);

  /// Programs without stages upgrade the static pods with the kubelet.
  void set_components_follow(bool follow) { components_follow_ = follow; }
  void set_programs(Programs programs) { programs_ = std::move(programs); }
  /// Adds the node and starts its machine.
  /// `labels`: an object, what the kubelet registers the node with besides its own.
  void Join(const std::string& name,
            const std::string& version,
            bool control_plane,
            const Json& labels = Json::object());
  /// The machine goes away with the Node object.
  void Leave(const std::string& name);
  /// The machine goes down for `outage` and comes back with another boot.
  void Reboot(const std::string& name, Duration outage);
  /// Starts every machine that is down; from now on none stays down.
  void RepairAll();
  /// Changes what the kubelet reports, as after an upgrade, and what follows it.
  void SetVersion(const std::string& name, const std::string& version);
  /// Changes the static pods of its control plane, as after an upgrade.
  void SetComponents(const std::string& name, const std::string& version);
  bool IsUp(const std::string& name) const;

 private:
  struct Machine {
    std::string uid;
    bool up = true;
    int incarnation = 0;  ///< callbacks scheduled for an earlier one do nothing
    int boot = 1;
    bool control_plane = false;
  };
  void RenewLease(const std::string& name, int incarnation);
  void Heartbeat(const std::string& name, int incarnation);
  void GoDown(const std::string& name);
  void ComeUp(const std::string& name, const std::string& version);
  void MarkUnreachable(const std::string& name, int incarnation);
  void SetReady(const std::string& name, const char* status, const char* reason);
  void OnPod(const Change& change);
  void StartPod(const std::string& key, const std::string& uid);
  void BecomeReady(const std::string& key, const std::string& uid);
  bool Refuse(const std::string& key, const std::string& uid, Outcome outcome);
  void PullImages(const ObjectPtr& pod);
  void StartProgram(const ObjectPtr& pod);
  void RunProgram(const std::string& key, const std::string& uid, const Program& program);
  void FinishPod(const std::string& key, const std::string& uid, bool succeeded);
  void StopPod(const std::string& key, const std::string& uid);
  void RestartPods(const std::string& node);
  void EditPod(const std::string& key,
               const std::string& uid,
               const std::function<void(Json&)>& edit);
  /// The pod, if it still has this UID and its machine is up.
  ObjectPtr Running(const std::string& key, const std::string& uid) const;

  Timeline& timeline_;
  Database& database_;
  ApiServer& server_;
  Rng rng_;
  Programs programs_;
  std::map<std::string, Machine> machines_;
  bool repaired_ = false;
  bool components_follow_ = false;
};

}  // namespace cu::simulation
