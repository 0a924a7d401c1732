#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "api/cluster_upgrade.hpp"
#include "api/objects.hpp"
#include "base/log.hpp"
#include "core/key_set_reader.hpp"
#include "core/own_token_log.hpp"
#include "core/requested_apis.hpp"
#include "core/server_version.hpp"
#include "core/wanted_watches.hpp"
#include "core/watch.hpp"
#include "kube/calls.hpp"
#include "planner/model/wanted_watch.hpp"
#include "planner/model/world.hpp"

namespace cu::core {

/// Everything that is watched: the standing collections, and what plans want besides.
class Watches {
 public:
  struct Options {
    WantedWatches::Namespaces namespaces;
    kube::Collection lease;  ///< of the leader; path "" without leader election
  };
  explicit Watches(const Options& options);

  /// Takes the event if its call is one of ours.
  bool Handle(port::CallId id, const port::Event& event, base::Now now, kube::Calls& calls);
  void Serve(base::Now now, kube::Calls& calls);
  void Match(const std::set<planner::WantedWatch>& wanted, kube::Calls& calls);

  /// Every standing collection that plans read has been listed once.
  bool listed() const;
  /// And is listed, alive and heard from (Reflector::current).
  bool current(base::Now now) const;
  /// ClusterUpgrades, Nodes and Jobs alone: what releasing orphans needs.
  bool owners_current(base::Now now) const;
  /// At the start of a term: a view that lags, though its watch is alive, may not show what the
  /// leader before has done. ClusterUpgrades too: nodes cordoned for an object that is not seen are
  /// released as orphans.
  void Refresh(kube::Calls& calls);
  /// A watch found that the API server's data may be, or is, of the past: etcd was restored from a
  /// backup (kube::Reflector).
  bool in_doubt() const;
  bool went_back() const;
  /// Forgets everything that was seen, and lists again.
  void BeginAnew(kube::Calls& calls);
  /// The lists that Refresh asked for are complete.
  bool fresh() const;
  bool upgrades_listed() const { return upgrades_.reflector.listed(); }
  /// The ClusterUpgrade of this name is there, and is the one with this UID.
  bool HasUpgrade(const std::string& name, const std::string& uid) const;
  bool lease_listed() const { return lease_ && lease_->reflector.listed(); }

  kube::Store<api::ClusterUpgrade>& upgrades() { return upgrades_.store; }
  const kube::Store<api::ClusterUpgrade>& upgrades() const { return upgrades_.store; }
  kube::Store<api::Node>& nodes() { return nodes_.store; }
  const kube::Store<api::Node>& nodes() const { return nodes_.store; }
  /// Null while no plan wants them.
  const api::ObjectMap<api::Pod>* control_plane_pods() const { return wanted_.ControlPlanePods(); }
  kube::Store<api::Job>& jobs() { return jobs_.store; }
  const kube::Store<api::Job>& jobs() const { return jobs_.store; }
  const kube::Store<api::PodDisruptionBudget>& budgets() const { return budgets_.store; }
  WantedWatches& wanted() { return wanted_; }
  OwnTokenLog& own_tokens() { return own_tokens_; }
  const OwnTokenLog& own_tokens() const { return own_tokens_; }
  /// Pre: lease_listed().
  const kube::Store<api::Lease>& lease() const;

  /// What a plan sees of them. Pointers live until the next call of a function that is not const.
  void Fill(planner::World& world) const;
  /// Unchanged as long as nothing that a plan reads has changed.
  std::vector<std::uint64_t> ChangeStamp(base::Now now) const;
  /// Seconds since each standing collection was last heard from.
  std::map<std::string, double> Staleness(base::SteadyTime now) const;
  /// Problems that are new since the last call, of watches and of single objects, and those of
  /// watches that are over.
  std::vector<base::LogRecord> News();
  kube::Wake wake_at() const;

 private:
  /// Those that plans read: calls visit(watch, name).
  template <class Self, class Visit>
  static void EachStanding(Self& self, const Visit& visit);
  /// Every watch: calls visit(watch, make_name).
  template <class Self, class Visit>
  static void EachWatch(Self& self, const Visit& visit);

  Watch<api::ClusterUpgrade> upgrades_;
  Watch<api::Node> nodes_;
  Watch<api::PodDisruptionBudget> budgets_;
  Watch<api::Job> jobs_;
  std::unique_ptr<Watch<api::Lease>> lease_;
  WantedWatches wanted_;
  ServerVersion version_;
  RequestedApis requested_apis_;
  KeySetReader key_set_;
  OwnTokenLog own_tokens_;
};

}  // namespace cu::core
