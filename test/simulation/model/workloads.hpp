#pragma once
#include <map>
#include <string>
#include <vector>

#include "model/database.hpp"
#include "model/dice.hpp"
#include "model/pods.hpp"

namespace cu::simulation {

struct Workload {
  /// "ReplicaSet", "StatefulSet", "DaemonSet", or "Workflow": pods that end by themselves.
  std::string kind;
  std::string ns;
  std::string name;
  int replicas = 1;
  int grace_seconds = 5;
  bool empty_dir = false;
  std::string uid;          ///< given by Workloads
  bool claims = false;      ///< each pod of a StatefulSet mounts a volume of its own
  std::string pinned = {};  ///< the one node that its pods fit, or ""
  bool finalizers = false;  ///< its pods wait for somebody else before they go
  int runs_seconds = 0;     ///< at most, for a Workflow
  int left = 6;             ///< pods that a Workflow still has to run
};

/// The controllers of ReplicaSets, StatefulSets, DaemonSets and Jobs, and the scheduler.
class Workloads {
 public:
  Workloads(Timeline& timeline, Database& database, Dice dice);
  void Add(Workload workload);
  /// With its pods.
  void RemoveDaemonSet(const std::string& ns, const std::string& name);
  /// A pod that no controller brings back; `mirror`: a static pod's mirror.
  void AddPod(const std::string& ns, const std::string& name, const std::string& node, bool mirror);
  /// A pod of nobody's.
  void AddPod(const PodShape& shape);

 private:
  void OnChange(const Change& change);
  void Soon(const std::string& uid, Span low, Span high);
  void Reconcile(const std::string& uid);
  void CreatePod(const Workload& workload, const std::string& name, const std::string& node);
  void OnJob(const Change& change);
  void StartJob(const std::string& key, const std::string& uid);
  void OnJobPod(const Change& change);
  void FinishJob(const std::string& key, const std::string& uid, bool complete);
  void Expire(const std::string& key, const std::string& uid);
  void Schedule();
  void LetGo(const Change& change);
  std::string PickNode(const Json& pod);

  Timeline& timeline_;
  Database& database_;
  Dice dice_;
  std::map<std::string, Workload> workloads_;  ///< by uid
  std::map<std::string, bool> due_;            ///< by uid: a look is on its way
  bool schedule_due_ = false;
  int names_ = 0;
};

/// The disruption controller: budgets' status, with a lag.
class Budgets {
 public:
  Budgets(Timeline& timeline, Database& database, Dice dice);
  /// `available`: minAvailable or maxUnavailable (`field`), a number or a percentage.
  void Add(const std::string& ns,
           const std::string& name,
           const std::string& app,
           const char* field,
           const Json& value);
  /// How long the controller may take to see a change.
  void set_lag(Span lag) { lag_ = lag; }

 private:
  void Soon(const std::string& key, Span delay);
  void Recompute(const std::string& key);

  Timeline& timeline_;
  Database& database_;
  Dice dice_;
  Span lag_ = std::chrono::seconds{1};
  std::map<std::string, bool> due_;
};

}  // namespace cu::simulation
