#pragma once
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/cluster_upgrade.hpp"
#include "api/labels.hpp"
#include "api/objects.hpp"
#include "base/time.hpp"

/// Objects for planner tests: healthy and plain unless a test says otherwise.
namespace cu::planner {

inline constexpr const char* kOld = "v1.35.4";
inline constexpr const char* kNew = "v1.36.3";
inline constexpr const char* kUpgradeName = "production";
inline constexpr const char* kJobNamespace = "cluster-upgrade-jobs";
inline constexpr base::WallTime kStart{std::chrono::hours(24) * 20'000};

inline base::WallTime After(int seconds) {
  return kStart + std::chrono::seconds(seconds);
}

class NodeBuilder {
 public:
  explicit NodeBuilder(const std::string& name) {
    node_.meta.name = name;
    node_.meta.uid = name + "-uid";
    node_.meta.resource_version = "1";
    node_.kubelet_version = kOld;
    node_.boot_id = "boot-1";
    node_.ready = true;
    node_.ready_since = kStart;
  }
  NodeBuilder& Created(base::WallTime time) {
    node_.meta.created = time;
    return *this;
  }
  NodeBuilder& At(std::string version) {
    node_.kubelet_version = std::move(version);
    return *this;
  }
  NodeBuilder& NotReady() {
    node_.ready = false;
    return *this;
  }
  NodeBuilder& Cordoned() {
    node_.unschedulable = true;
    return *this;
  }
  NodeBuilder& Label(std::string_view key, std::string value = "") {
    node_.meta.labels[std::string(key)] = std::move(value);
    return *this;
  }
  NodeBuilder& Annotation(std::string_view key, std::string value) {
    node_.meta.annotations[std::string(key)] = std::move(value);
    return *this;
  }
  /// With our cordon, and the mark of the object `production`.
  NodeBuilder& CordonedByUs() {
    return Cordoned().Annotation(api::kCordonedBy, std::string(kUpgradeName) + "/upgrade-uid");
  }
  NodeBuilder& Taint(std::string key) {
    node_.taints.push_back({std::move(key), "", "NoSchedule"});
    return *this;
  }
  NodeBuilder& BeingDeleted() {
    node_.meta.deleted = kStart;
    return *this;
  }
  NodeBuilder& Uid(std::string uid) {
    node_.meta.uid = std::move(uid);
    return *this;
  }
  operator api::Node() const { return node_; }

 private:
  api::Node node_;
};

inline NodeBuilder Worker(const std::string& name) {
  return NodeBuilder(name);
}
inline NodeBuilder ControlPlaneNode(const std::string& name) {
  return NodeBuilder(name).Label(api::kControlPlaneLabel);
}

class PodBuilder {
 public:
  /// A running pod of CloneSet `<name>-rs` in namespace team-a: of a kind whose replicas nobody
  /// counts.
  explicit PodBuilder(const std::string& name) {
    pod_.meta.name = name;
    pod_.meta.ns = "team-a";
    pod_.meta.uid = name + "-uid";
    pod_.meta.created = kStart - std::chrono::hours(1);
    pod_.phase = api::PodPhase::kRunning;
    pod_.ready = true;
    pod_.started = true;
    pod_.running = true;
    OwnedBy("CloneSet", name + "-rs");
  }
  PodBuilder& In(std::string ns) {
    pod_.meta.ns = std::move(ns);
    return *this;
  }
  PodBuilder& On(std::string node) {
    pod_.node_name = std::move(node);
    return *this;
  }
  PodBuilder& OwnedBy(std::string kind, const std::string& name) {
    pod_.meta.controller = api::Owner{std::move(kind), name, name + "-uid"};
    return *this;
  }
  PodBuilder& Created(base::WallTime time) {
    pod_.meta.created = time;
    return *this;
  }
  PodBuilder& ToleratesCordon() {
    pod_.tolerates_cordon = true;
    return *this;
  }
  PodBuilder& Unmanaged() {
    pod_.meta.controller.reset();
    return *this;
  }
  PodBuilder& EmptyDir() {
    pod_.has_empty_dir = true;
    return *this;
  }
  PodBuilder& Mirror() {
    pod_.meta.annotations["kubernetes.io/config.mirror"] = "hash";
    return *this;
  }
  PodBuilder& Label(std::string key, std::string value) {
    pod_.meta.labels[std::move(key)] = std::move(value);
    return *this;
  }
  PodBuilder& Phase(api::PodPhase phase) {
    pod_.phase = phase;
    pod_.ready = phase == api::PodPhase::kRunning;
    pod_.running = pod_.ready;
    return *this;
  }
  PodBuilder& NotReady() {
    pod_.ready = false;
    return *this;
  }
  PodBuilder& NeverStarted(std::string problem = "") {
    pod_.phase = api::PodPhase::kPending;
    pod_.ready = false;
    pod_.started = false;
    pod_.running = false;
    pod_.problem = std::move(problem);
    return *this;
  }
  /// `grace_ends` is what metadata.deletionTimestamp says.
  PodBuilder& Terminating(base::WallTime grace_ends, std::int64_t grace_seconds) {
    pod_.meta.deleted = grace_ends;
    pod_.deletion_grace_seconds = grace_seconds;
    return *this;
  }
  PodBuilder& Finalizer(std::string name) {
    pod_.meta.finalizers.push_back(std::move(name));
    return *this;
  }
  operator api::Pod() const { return pod_; }

 private:
  api::Pod pod_;
};

/// A budget in team-a for pods labelled app=<app>.
inline api::PodDisruptionBudget BudgetFor(const std::string& app, int allowed) {
  api::PodDisruptionBudget budget;
  budget.meta.name = app;
  budget.meta.ns = "team-a";
  budget.meta.resource_version = "1";
  budget.selector = api::LabelSelector{{{"app", app}}, {}};
  budget.disruptions_allowed = allowed;
  return budget;
}

/// An unfinished Job of ours on the worker.
inline api::Job UpgradeJob(const std::string& name, const std::string& node) {
  api::Job job;
  job.meta.ns = kJobNamespace;
  job.meta.name = name;
  job.meta.uid = name + "-uid";
  job.node_name = node;
  job.meta.annotations = {{std::string(api::kJobUpgradeUid), "upgrade-uid"},
                          {std::string(api::kJobNode), node},
                          {std::string(api::kJobVersion), kNew},
                          {std::string(api::kJobAttempt), "1"}};
  return job;
}

/// One that pulls images, as its labels say.
inline api::Job PullingJob(const std::string& name, const std::string& node) {
  api::Job job = UpgradeJob(name, node);
  job.meta.annotations = {{std::string(api::kJobUpgradeUid), "upgrade-uid"}};
  job.meta.labels[std::string(api::kJobPullsImages)] = "true";
  job.ttl_seconds = 300;
  return job;
}

/// A running pod of that Job.
inline PodBuilder UpgradeJobPod(const std::string& job) {
  return PodBuilder(job + "-pod")
      .In(kJobNamespace)
      .OwnedBy("Job", job)
      .Label(std::string(api::kJobUpgrade), kUpgradeName);
}

/// An entry of status.inProgress: the node's first look at this step.
inline api::NodeInWork EntryFor(const std::string& node, api::NodeStep step) {
  api::NodeInWork entry;
  entry.name = node;
  entry.uid = node + "-uid";
  entry.pool = "workers";
  entry.version = kNew;
  entry.from_version = kOld;
  entry.step = step;
  entry.executor = api::ExecutorType::kExternal;
  entry.attempt_limit = 2;
  entry.start_time = kStart;
  entry.step_time = kStart;
  entry.boot_id = "boot-1";
  return entry;
}

/// An entry of status.failures: changed by the last attempt, and not given fresh ones.
inline api::NodeFailure FailureOf(const std::string& node,
                                  api::FailureReason reason = api::FailureReason::kJobFailed) {
  api::NodeFailure failure;
  failure.name = node;
  failure.uid = node + "-uid";
  failure.step = api::NodeStep::kUpgrading;
  failure.version = kNew;
  failure.attempts = 2;
  failure.reason = reason;
  failure.time = kStart;
  failure.node_changed = true;
  return failure;
}

/// An entry of status.postponed.
inline api::PostponedNode PostponedFor(const std::string& node, api::PostponeReason reason) {
  return {node, node + "-uid", reason, kStart};
}

class UpgradeBuilder {
 public:
  /// Executor External, so that a test needs no Job unless it wants one; no workload is waited
  /// for, and no image.
  explicit UpgradeBuilder(const std::string& name = kUpgradeName) {
    upgrade_.meta.name = name;
    upgrade_.meta.uid = name == kUpgradeName ? "upgrade-uid" : name + "-uid";
    upgrade_.meta.generation = 1;
    upgrade_.meta.created = kStart;
    upgrade_.spec.version = kNew;
    upgrade_.spec.fingerprint = "spec-1";
    upgrade_.spec.drain.recovery_timeout_seconds = 0;  // few scenes bring evicted pods back
    upgrade_.spec.drain.prefer_upgraded_nodes = false;
    upgrade_.spec.executor.pre_pull = false;
    upgrade_.spec.token_refresh.mode = api::TokenRefreshMode::kDisabled;
  }
  UpgradeBuilder& To(std::string version) {
    upgrade_.spec.version = std::move(version);
    return *this;
  }
  UpgradeBuilder& ByJob() {
    upgrade_.spec.executor.type = api::ExecutorType::kJob;
    upgrade_.spec.executor.job_template = "{}";
    return *this;
  }
  UpgradeBuilder& PrePull() {
    upgrade_.spec.executor.pre_pull = true;
    return *this;
  }
  UpgradeBuilder& Pool(std::string name, std::string pool_label, api::IntOrPercent unavailable) {
    api::PoolSpec pool;
    pool.name = std::move(name);
    if (!pool_label.empty()) {
      pool.node_selector = api::LabelSelector{{{"pool", std::move(pool_label)}}, {}};
    }
    pool.max_unavailable = unavailable;
    upgrade_.spec.pools.push_back(std::move(pool));
    return *this;
  }
  UpgradeBuilder& Created(base::WallTime time) {
    upgrade_.meta.created = time;
    return *this;
  }
  /// For everything else of the object.
  template <class Change>
  UpgradeBuilder& With(Change change) {
    change(upgrade_);
    return *this;
  }
  operator api::ClusterUpgrade() const { return upgrade_; }

 private:
  api::ClusterUpgrade upgrade_;
};

}  // namespace cu::planner
