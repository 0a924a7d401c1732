#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "network.hpp"
#include "promises_drain.hpp"

namespace cu::simulation {

/// The status that a JSON patch writes, or null.
Json StatusIn(const port::Request& request);

/// P20, P21 and P22: which nodes count as upgraded, which volumes may still be attached when one
/// is, and that nothing is given up before its time.
class NodePromises : public Observer {
 public:
  /// `view_lag`: how old a controller's view may be. What a process has seen of nodes is known.
  NodePromises(Cluster& cluster, std::string upgrade, Duration view_lag, ViolationReporter report);
  void OnBegin(const Call& call) override;
  void OnDelivered(const Call& call, const port::Response& response) override;
  void OnSeen(const std::string& process, Kind kind, std::uint64_t version) override;
  /// Resource versions begin anew, lower than all before.
  void OnRestore();

 private:
  /// What counts for the verification, as of one version.
  struct State {
    std::uint64_t version = 0;
    base::SteadyTime time;
    std::string uid;
    std::string kubelet;
    std::string boot;
    bool ready = false;
    std::string ready_since;
    bool operator==(const State& other) const {
      return uid == other.uid && kubelet == other.kubelet && boot == other.boot &&
             ready == other.ready && ready_since == other.ready_since;
    }
  };
  struct Work {  ///< on a node, by its UID
    base::SteadyTime since;
    base::SteadyTime step_since;
    std::set<std::string> claims;  ///< of pods that were evicted from it
    base::SteadyTime last_gone;    ///< the last of these pods
    std::optional<base::SteadyTime> job_since;
    std::set<std::string> daemon_sets;  ///< UIDs, of pods that were Ready while it was cordoned
  };
  void OnChange(const Change& change);
  void OnNode(const Change& change);
  void OnPod(const Change& change);
  void OnStatus(const Json& before, const Json& after);
  std::set<std::string> ReadyDaemonSets(const std::string& node, base::SteadyTime since) const;
  void CheckGivenUp(const Json& upgrade, const Json& entry);
  void CheckStatus(const Call& call, const Json& upgrade, const Json& status);
  std::string ComponentsOf(const std::string& node) const;
  void CheckVerified(const Call& call, const Json& upgrade, const Json& entry);
  void CheckDaemonSets(const Json& upgrade, const std::string& node);
  void CheckVolumes(const Json& upgrade, const std::string& node);
  /// The node's states that the process has seen, the newest last.
  std::vector<State> SeenStates(const std::string& process, const std::string& node) const;
  Json Upgrade() const { return cluster_.Upgrade(upgrade_); }

  Cluster& cluster_;
  std::string upgrade_;
  Duration view_lag_;
  ViolationReporter report_;
  std::map<std::string, std::vector<State>> states_;   ///< by name
  std::map<std::string, base::SteadyTime> alive_;      ///< last word of the kubelet, by name
  std::map<std::string, Work> work_;                   ///< by node UID
  std::map<std::string, std::string> boot_at_start_;   ///< by node UID
  std::map<std::string, base::SteadyTime> not_ready_;  ///< of pods, since when, by key
  std::map<std::string, base::SteadyTime> ready_;      ///< the others
  std::map<std::string, std::string> leaving_;         ///< evicted pods: node UID by pod UID
  std::map<std::string, std::uint64_t> seen_;          ///< version of nodes, by process
  bool one_node_ = false;                              ///< what is seen next shows one node only
};

}  // namespace cu::simulation
