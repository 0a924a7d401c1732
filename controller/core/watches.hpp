#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "api/cluster_upgrade.hpp"
#include "api/objects.hpp"
#include "base/log.hpp"
#include "kube/calls.hpp"
#include "kube/paths.hpp"
#include "kube/reflector.hpp"
#include "kube/store.hpp"
#include "planner/model/wanted_watch.hpp"
#include "planner/model/world.hpp"

namespace cu::core {

/// A store and what keeps it equal to its collection.
template <class T>
struct Watch {
  explicit Watch(kube::Collection collection, typename kube::Store<T>::Keep keep = {})
      : store(std::move(keep)), reflector(std::move(collection), store) {}
  kube::Store<T> store;
  kube::Reflector reflector;
};

/// GET /version, asked while wanted: at once, then every 5 minutes.
class ServerVersion {
 public:
  void Want(bool wanted, kube::Calls& calls);
  void Serve(base::Now now, kube::Calls& calls);
  bool Owns(port::CallId id) const { return call_ == id; }
  void Handle(const port::Event& event, base::Now now, kube::Calls& calls);
  const std::string& text() const { return text_; }  ///< "" while unknown
  kube::Wake wake_at() const;

 private:
  bool wanted_ = false;
  std::optional<port::CallId> call_;
  base::SteadyTime due_ = base::SteadyTime::min();
  std::string text_;
};

/// Everything that is watched: the standing collections, and those that plans have named as their
/// interests, which are opened and closed to match.
class Watches {
 public:
  struct Options {
    std::string pod_namespace;  ///< of our own pods
    std::string job_namespace;
    kube::Collection lease;  ///< of the leader; path "" without leader election
  };
  explicit Watches(const Options& options);

  /// Takes the event if its call is one of ours.
  bool Handle(port::CallId id, const port::Event& event, base::Now now, kube::Calls& calls);
  void Serve(base::Now now, kube::Calls& calls);
  void Match(const std::set<planner::WantedWatch>& wanted, kube::Calls& calls);

  /// Every standing collection that plans read has been listed once.
  bool listed() const;
  /// And is listed, alive and heard from within 75 s.
  bool current(base::Now now) const;
  /// ClusterUpgrades, Nodes and Jobs alone: what releasing orphans needs.
  bool owners_current(base::Now now) const;
  /// At the start of a term: a view that lags, though its watch is alive, may not show what the
  /// leader before has done. ClusterUpgrades too: the marks of an object that is not seen are
  /// released as an orphan's.
  void Refresh(kube::Calls& calls);
  /// The lists that Refresh asked for are complete.
  bool fresh() const;
  bool upgrades_listed() const { return upgrades_.reflector.listed(); }
  bool lease_listed() const { return lease_ && lease_->reflector.listed(); }

  kube::Store<api::ClusterUpgrade>& upgrades() { return upgrades_.store; }
  const kube::Store<api::ClusterUpgrade>& upgrades() const { return upgrades_.store; }
  kube::Store<api::Node>& nodes() { return nodes_.store; }
  const kube::Store<api::Node>& nodes() const { return nodes_.store; }
  kube::Store<api::Job>& jobs() { return jobs_.store; }
  /// The answer of an own write, for collections that are open only while a plan wants them.
  void Adopt(const api::SavedPod& saved);
  void Adopt(const api::Pod& recreated);
  /// Pre: lease_listed().
  const kube::Store<api::Lease>& lease() const { return lease_->store; }
  const kube::Store<api::PodDisruptionBudget>& budgets() const { return budgets_.store; }

  /// What a plan sees of them. Pointers live until the next call of a function that is not const.
  void Fill(planner::World& world) const;
  /// Equal values, equal worlds: nothing that a plan reads has changed.
  std::vector<std::uint64_t> Fingerprint(base::Now now) const;
  /// Seconds since each standing collection was last heard from.
  std::map<std::string, double> Staleness(base::SteadyTime now) const;
  /// Problems that are new since the last call, of watches and of single objects, and those of
  /// watches that are over.
  std::vector<base::LogRecord> News();
  kube::Wake wake_at() const;

 private:
  template <class T>
  using ByName = std::map<std::string, std::unique_ptr<Watch<T>>>;
  struct Named {
    std::string name;
    const kube::Reflector* reflector;
  };
  std::vector<Named> Standing() const;
  std::vector<Named> All() const;
  std::vector<base::LogRecord> UnreadableNews();
  void Each(const std::function<void(kube::Reflector&)>& visit);
  /// Every map of watches that plans have opened, with what its members are called.
  template <class Visit>
  void EachOpened(const Visit& visit) const;

  Options options_;
  Watch<api::ClusterUpgrade> upgrades_;
  Watch<api::Node> nodes_;
  Watch<api::PodDisruptionBudget> budgets_;
  Watch<api::Job> jobs_;
  std::unique_ptr<Watch<api::Lease>> lease_;
  ByName<api::Pod> pods_;               ///< by node
  ByName<api::Lease> leases_;           ///< by node
  ByName<api::WholePod> whole_pods_;    ///< by "namespace/name"
  ByName<api::DaemonSet> daemon_sets_;  ///< by "namespace/name"
  // At most one each, by "".
  ByName<api::VolumeAttachment> attachments_;
  ByName<api::Pod> replicas_;
  ByName<api::SavedPod> saved_pods_;
  ByName<api::Pod> recreated_pods_;
  ServerVersion version_;
  std::uint64_t version_changes_ = 0;
  std::map<std::string, std::string> problems_;  ///< told, by collection
  /// Told, by collection and key of the object.
  std::map<std::string, std::map<std::string, std::string>> unreadable_;
};

}  // namespace cu::core
