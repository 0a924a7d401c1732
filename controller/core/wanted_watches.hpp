#pragma once
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "core/watch.hpp"
#include "kube/calls.hpp"
#include "kube/paths.hpp"
#include "planner/model/wanted_watch.hpp"
#include "planner/model/world.hpp"

namespace cu::core {

/// The watches that plans want for as long as they want them: one row for each kind of them, which
/// says where a plan finds its objects. What a row watches is said by CollectionOf.
class WantedWatches {
 public:
  struct Namespaces {
    std::string own;   ///< of the controller's pods
    std::string jobs;  ///< of upgrade Jobs
  };
  explicit WantedWatches(Namespaces namespaces) : namespaces_(std::move(namespaces)) {}

  /// Opens and closes watches to match.
  void Match(const std::set<planner::WantedWatch>& wanted, kube::Calls& calls);
  /// The answer of an own write of an object that this kind of watch shows, if it is open.
  template <planner::WatchKind kWatch, class T>
  void Adopt(const T& newest);
  /// Calls visit(watch, kind, name) for each open watch.
  template <class Visit>
  void Each(const Visit& visit);
  template <class Visit>
  void Each(const Visit& visit) const;
  /// Pointers live until the next call of a function that is not const.
  void Fill(planner::World& world) const;
  /// Null while that watch is not open. They live as long.
  const api::ObjectMap<api::Pod>* ControlPlanePods() const;

 private:
  template <class T>
  using ByName = std::map<std::string, std::unique_ptr<Watch<T>>>;

  template <class T>
  static T ObjectOf(std::map<std::string, planner::Observed<T>> planner::World::*);
  template <class T>
  static T ObjectOf(planner::Observed<T> planner::World::*);

  /// `kWhere`: the member of World that has it, by name or, for the one that has no name, as it is.
  template <planner::WatchKind kWatch, auto kWhere>
  struct Row {
    using Object = decltype(ObjectOf(kWhere));
    static constexpr planner::WatchKind kKind = kWatch;
    static constexpr auto kMember = kWhere;
    ByName<Object> open;
  };
  using Rows = std::tuple<
      Row<planner::WatchKind::kPodsOnNode, &planner::World::pods>,
      Row<planner::WatchKind::kNodeLease, &planner::World::leases>,
      Row<planner::WatchKind::kVolumeAttachments, &planner::World::attachments>,
      Row<planner::WatchKind::kVolume, &planner::World::volumes>,
      Row<planner::WatchKind::kWholePod, &planner::World::whole_pods>,
      Row<planner::WatchKind::kDaemonSet, &planner::World::daemon_sets>,
      Row<planner::WatchKind::kWorkloadPods, &planner::World::workload_pods>,
      Row<planner::WatchKind::kSelectedPods, &planner::World::selected_pods>,
      Row<planner::WatchKind::kDeployment, &planner::World::deployments>,
      Row<planner::WatchKind::kStatefulSet, &planner::World::stateful_sets>,
      Row<planner::WatchKind::kReplicaSet, &planner::World::replica_sets>,
      Row<planner::WatchKind::kReplicationController, &planner::World::replication_controllers>,
      Row<planner::WatchKind::kEndpoints, &planner::World::endpoints>,
      Row<planner::WatchKind::kValidatingWebhooks, &planner::World::validating_webhooks>,
      Row<planner::WatchKind::kMutatingWebhooks, &planner::World::mutating_webhooks>,
      Row<planner::WatchKind::kAuthority, &planner::World::authority>,
      Row<planner::WatchKind::kAuthorities, &planner::World::authorities>,
      Row<planner::WatchKind::kApiServers, &planner::World::api_servers>,
      Row<planner::WatchKind::kOwnReplicas, &planner::World::replicas>,
      Row<planner::WatchKind::kControlPlanePods, &planner::World::control_plane_pods>,
      Row<planner::WatchKind::kSavedPods, &planner::World::saved_pods>,
      Row<planner::WatchKind::kRecreatedPods, &planner::World::recreated_pods>>;

  template <class R>
  void MatchRow(R& row, const std::set<std::string>& wanted, kube::Calls& calls);
  template <class T>
  kube::Collection CollectionOf(planner::WatchKind kind, const std::string& name) const;

  Namespaces namespaces_;
  Rows rows_;
};

/// "pods of worker-1", for the log.
std::string NameOf(planner::WatchKind kind, const std::string& name);

template <planner::WatchKind kWatch, class T>
void WantedWatches::Adopt(const T& newest) {
  const auto adopt = [&](auto& row) {
    if constexpr (std::decay_t<decltype(row)>::kKind == kWatch) {
      for (auto& [name, watch] : row.open) {
        watch->store.Adopt(newest);
      }
    }
  };
  std::apply([&](auto&... row) { (adopt(row), ...); }, rows_);
}

template <class Visit>
void WantedWatches::Each(const Visit& visit) {
  const auto each = [&](auto& row) {
    for (auto& [name, watch] : row.open) {
      visit(*watch, row.kKind, name);
    }
  };
  std::apply([&](auto&... row) { (each(row), ...); }, rows_);
}

template <class Visit>
void WantedWatches::Each(const Visit& visit) const {
  const auto each = [&](const auto& row) {
    for (const auto& [name, watch] : row.open) {
      visit(std::as_const(*watch), row.kKind, name);
    }
  };
  std::apply([&](const auto&... row) { (each(row), ...); }, rows_);
}

}  // namespace cu::core
