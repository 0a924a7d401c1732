#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/database.hpp"
#include "model/pods.hpp"
#include "model/rng.hpp"

namespace cu::simulation {

struct Workload {
  /// "ReplicaSet", "Deployment", "StatefulSet", "DaemonSet", or "Workflow": pods that end by
  /// themselves.
  std::string kind;
  std::string ns;
  std::string name;
  int replicas = 1;
  int grace_seconds = 5;
  bool empty_dir = false;
  std::string uid;             ///< given by Workloads
  bool claims = false;         ///< each pod of a StatefulSet mounts a volume of its own
  std::string only_node = {};  ///< the one node that its pods' nodeSelector matches, or ""
  bool finalizers = false;     ///< its pods have a finalizer of another controller
  int runs_seconds = 0;        ///< at most, for a Workflow
  int pods_left = 6;           ///< pods that a Workflow still has to run
  bool tolerates = false;      ///< its pods tolerate every taint: cordoned nodes are no obstacle
  std::string node_name = {};  ///< its controller binds its pods itself, to this node
  /// Until its pods are Ready, at most; a StatefulSet of such pods creates one after the other.
  int start_seconds = 0;
  bool spread = false;  ///< the scheduler prefers nodes that have none of its pods
  int revision = 1;     ///< of a Deployment
};

/// Of the object that asks for its pods; none for a kind that nobody reads.
std::optional<Kind> KindOf(const Workload& workload);

/// The controllers of ReplicaSets, StatefulSets, DaemonSets and Jobs, and the scheduler.
class Workloads {
 public:
  Workloads(Timeline& timeline, Database& database, Rng rng);
  /// why(namespace): why no pod of a Job can be created there now, or "".
  void set_admission(std::function<std::string(const std::string& ns)> why) {
    why_no_pod_ = std::move(why);
  }
  void Add(Workload workload);
  /// The UIDs of those that run for ever, on any node.
  std::vector<std::string> Applications() const;
  /// kubectl scale, rollout restart and delete.
  void Scale(const std::string& uid, int replicas);
  void RollOut(const std::string& uid);
  void Delete(const std::string& uid);
  /// Its pods are deleted as well.
  void RemoveDaemonSet(const std::string& ns, const std::string& name);
  /// A static pod of the control plane's, as kubeadm makes them.
  void AddComponent(const std::string& node,
                    const std::string& component,
                    const std::string& version);
  /// A pod that no controller brings back; `mirror`: a static pod's mirror.
  void AddPod(const std::string& ns, const std::string& name, const std::string& node, bool mirror);
  /// A pod without a controller.
  void AddPod(const PodOptions& options);

 private:
  void OnChange(const Change& change);
  void ReconcileWithin(const std::string& uid, Duration low, Duration high);
  void Reconcile(const std::string& uid);
  void ReconcileStatefulSet(const Workload& workload, const std::vector<ObjectPtr>& pods);
  void ReconcileDeployment(const Workload& workload, const std::vector<ObjectPtr>& pods);
  /// Deletes pods down to `count`, first those that are not Ready.
  void DeleteDownTo(int count, std::vector<ObjectPtr> pods);
  void CreatePod(const Workload& workload, const std::string& name, const std::string& node);
  /// Of the Deployment "namespace/name".
  void RollOutOf(const std::string& key);
  void OnJob(const Change& change);
  void StartJob(const std::string& key, const std::string& uid);
  void OnJobPod(const Change& change);
  void FinishJob(const std::string& key, const std::string& uid, bool complete);
  void DeleteExpiredJob(const std::string& key, const std::string& uid);
  void BindPods();
  void RemoveFinalizersLater(const Change& change);
  std::string PickNode(const Json& pod);
  /// Of these nodes, those that have the fewest pods of its workload.
  std::vector<std::string> Emptiest(const Json& pod, const std::vector<std::string>& nodes) const;

  Timeline& timeline_;
  Database& database_;
  Rng rng_;
  std::function<std::string(const std::string& ns)> why_no_pod_;
  std::map<std::string, Workload> workloads_;  ///< by uid
  std::map<std::string, bool> scheduled_;      ///< by uid: a Reconcile is on its way
  bool binding_scheduled_ = false;
  int names_ = 0;
};

}  // namespace cu::simulation
