#pragma once
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "api/cluster_upgrade.hpp"
#include "api/token_reasons.hpp"
#include "base/time.hpp"
#include "planner/model/action.hpp"
#include "planner/model/finding.hpp"

/// Facts seen by earlier plans of this process that are not worth keeping durably; losing them
/// costs waiting a little longer. Each part belongs to one contributor, which is given it and gives
/// it back.
namespace cu::planner {

/// Of one node in work.
struct NodeMemory {
  struct Healthy {
    base::SteadyTime since;
    // What must not change meanwhile.
    std::string boot_id;
    std::optional<base::WallTime> ready_since;
  };
  struct BlockKey {
    api::BlockerKind kind = api::BlockerKind::kPod;
    std::string ns;
    std::string name;
    api::BlockReason reason = api::BlockReason::kUnknown;
    auto operator<=>(const BlockKey&) const = default;
  };
  /// The node's Lease, as it was seen since the verification began.
  struct SeenLease {
    std::string renew_time;
    std::optional<base::SteadyTime> renewed;  ///< when a renewal was seen last
  };
  std::optional<Healthy> healthy;
  std::optional<SeenLease> lease;
  std::map<BlockKey, base::WallTime> blocked_since;
  /// Since when its Job has had no pod, and which Job.
  struct PodMissing {
    std::string job_uid;
    base::WallTime since;
  };
  std::optional<PodMissing> pod_missing;
  std::set<std::string> claims;  ///< "namespace/name", of pods that had to leave in this drain
  std::map<std::string, std::string> claim_of;  ///< of attached PersistentVolumes, by name
};

/// What the server has said to the questions of preflight.
struct PreflightMemory {
  std::string made_for;  ///< fingerprint of the spec that was asked for
  std::set<ActionKey> granted;
  /// Its last refusals: they hold until it says something better.
  std::map<ActionKey, ActionResult> refused;
};

/// Of what holds the start of nodes.
struct GateMemory {
  PreflightMemory preflight;
  std::map<std::string, std::string> refused_nodes;  ///< by name: why each may not be drained
  struct HeldNode {
    base::SteadyTime since;
    std::string why;
  };
  /// By name: nodes that budgets alone keep from being drained, since no node is in work.
  std::map<std::string, HeldNode> held_by_budgets;
  std::optional<base::SteadyTime> idle_since;  ///< nothing to do but unhealthy nodes
};

/// Of pods that are saved to be created again.
struct SavedPodsMemory {
  bool begun = false;  ///< this process has looked at the saved pods
  /// Saves whose PodTemplate was not seen yet, by pod UID: when they were wanted last.
  std::map<std::string, base::SteadyTime> unsettled;
  /// Pods that stay after all, by UID of the PodTemplate: since when nobody evicts them.
  std::map<std::string, base::SteadyTime> stays;
  std::set<std::string> deleted;  ///< UIDs of PodTemplates whose deletion was wanted
  enum class Occasion { kPending, kExists, kRefused };
  /// The first warning of each kind, by UID of the PodTemplate: servers word one reason
  /// differently.
  std::map<std::pair<std::string, Occasion>, Finding> first;
};

/// Of workloads that are short of pods.
struct RecoveryMemory {
  struct Pods {
    std::map<std::string, std::string> alive;  ///< node by UID
    bool lost_others = false;                  ///< pods have gone that no drain of ours took
    std::optional<base::SteadyTime> fewer_since;
  };
  std::map<api::Workload, Pods> pods;
};

/// So many taints may be set or removed in a second, beside those of nodes in work.
struct TaintPace {
  std::optional<base::SteadyTime> second;  ///< the one that is counted
  int begun = 0;
};

/// Of the taint on nodes that are still to be drained.
struct TaintMemory {
  bool begun = false;  ///< this process has looked at the taints
  TaintPace pace;
  /// Taints that were not seen yet, by UID of the node: when they were wanted last.
  std::map<std::string, base::SteadyTime> unsettled;
  std::set<std::string> wanted;  ///< UIDs of the nodes whose taint the last plan wanted changed
  /// Nodes, by UID, that get no taint any more: it was taken away or is refused.
  std::set<std::string> without;
  int refused = 0;  ///< of them, by the server
  std::optional<Finding> first_refusal;
};

/// Of a change of keys that has not settled.
struct TokenMemory {
  bool asked = false;                          ///< this process has seen the set of accepted keys
  std::set<std::string> servers;               ///< UIDs of the Leases of API servers that are up
  std::optional<base::SteadyTime> same_since;  ///< they have been the same since then
};

/// Of the workloads that a look at all pods has found to hold old credentials.
struct RefreshMemory {
  /// One that was left as it is; tried again after a while.
  struct Laggard {
    api::LaggardReason reason = api::LaggardReason::kSkipped;
    std::string message;
    base::SteadyTime since;
  };
  std::map<api::Workload, Laggard> laggards;
  base::WallTime look;           ///< when the look began that these are of:
  std::set<api::Workload> done;  ///< they hold none any more
  std::set<api::Workload> last;  ///< not healthy: after all others
  bool replaced = false;         ///< pods of one, since it was last looked again
  bool at_work = false;          ///< the clocks of those in work run
  std::optional<base::SteadyTime> looked_again;
  /// Of those in work: since when all pods that they ask for are Ready.
  std::map<api::Workload, base::SteadyTime> whole_since;
};

struct Memory {
  std::map<std::string, NodeMemory> nodes;  ///< by UID
  GateMemory gates;
  RecoveryMemory recovery;
  SavedPodsMemory saved_pods;
  TaintMemory taints;
  TokenMemory tokens;
  RefreshMemory refresh;
  /// Warnings for which status.warnings had no room, as hashes: reported and counted once.
  std::set<std::uint64_t> reported;
};

}  // namespace cu::planner
