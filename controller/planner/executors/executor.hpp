#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "api/cluster_upgrade.hpp"
#include "planner/model/action.hpp"
#include "planner/model/node_work.hpp"
#include "planner/model/planning.hpp"

namespace cu::planner {

/// A stage of a hop on one node, and its steps in order. A stage without Cordoning leaves the node
/// in service; what is given back in it needs no Uncordoning. Pulling is left out without
/// spec.executor.prePull.
struct StageSteps {
  api::Stage stage = api::Stage::kNode;
  std::span<const api::NodeStep> steps;
  /// It changes the components of the control plane: due while they are older than the hop. When
  /// they show it, kubeadm has its own record, kube-proxy and CoreDNS still to write.
  bool components = false;
  /// It changes the kubelet, which shows the version.
  bool kubelet = true;
};

/// How an attempt stands.
struct AttemptVerdict {
  enum class Kind {
    kAtWork,         ///< nothing to do but to wait: entry.message says for what
    kDone,           ///< the node is to be verified
    kNextAttempt,    ///< the back-off is over
    kAttemptFailed,  ///< another attempt follows, if one is left
    kNodeFailed,     ///< no other attempt follows
    kGiveBack,       ///< it was not changed and is not to be changed any more; `why`
    kUncordoned      ///< a person uncordoned it before it was changed
  };
  Kind kind = Kind::kAtWork;
  FailureCause cause = {};  ///< kAttemptFailed, kNodeFailed
  std::string why = {};     ///< kGiveBack

  static AttemptVerdict AtWork() { return {}; }
  static AttemptVerdict Done() { return {Kind::kDone}; }
  static AttemptVerdict NextAttempt() { return {Kind::kNextAttempt}; }
  static AttemptVerdict AttemptFailed(FailureCause cause) {
    return {Kind::kAttemptFailed, std::move(cause)};
  }
  static AttemptVerdict NodeFailed(FailureCause cause) {
    return {Kind::kNodeFailed, std::move(cause)};
  }
  static AttemptVerdict GiveBack(std::string why) { return {Kind::kGiveBack, {}, std::move(why)}; }
  static AttemptVerdict Uncordoned() { return {Kind::kUncordoned}; }
};

/// What is particular to one spec.executor.type: an executor is a row of these. Private to
/// planner/.
struct Executor {
  api::ExecutorType type = api::ExecutorType::kExternal;
  /// What a node goes through in one hop, in order.
  std::span<const StageSteps> control_plane;
  /// The same where one node runs the only API server.
  std::span<const StageSteps> single_control_plane;
  std::span<const StageSteps> workers;
  /// A node that is not at the version after an attempt gets another one.
  bool tries_again = false;
  /// A Node in work that is deleted is a machine that somebody replaces by a new one.
  bool replaces_nodes = false;
  /// Name of the Job of the attempt that begins, or "".
  std::string (*name_job)(const Planning& planning, const api::NodeInWork& entry);
  /// One look at the attempt under way. It may change the entry's fields that belong to attempts,
  /// and its message.
  AttemptVerdict (*look)(NodeWork& work);
  /// What the server is to judge before anything is touched, of an entry whose first attempt
  /// begins. A refusal makes the questions after it needless.
  std::vector<Action> (*rehearse)(const Planning& planning, const api::NodeInWork& work);
};

const Executor& FindExecutor(api::ExecutorType type);
/// Who is at work on the entry, or will be. An entry of a release with other executors is looked
/// after by what it shows: a Job, or an announced version.
const Executor& ExecutorOf(const api::NodeInWork& entry);

/// Whether what NextStage depends on is seen: static pods of the control plane, where they are
/// upgraded apart.
bool KnowsStage(const Planning& planning, const ScopedNode& scoped);
/// The same of every node.
bool KnowsStages(const Planning& planning);
/// The stage that a node of the scope is to go through next in the current hop.
const StageSteps& NextStage(const Planning& planning, const ScopedNode& scoped);
/// The one that the entry is in.
const StageSteps& StageOf(const api::NodeInWork& entry);
/// Whether the node shows what a stage at `version` brings.
bool ShowsStage(const Planning& planning,
                const StageSteps& stage,
                const ScopedNode& scoped,
                const std::string& version);

/// Whether attempts at that stage have changed the node and did not finish, though it may show the
/// version.
bool OwesRest(const StageSteps& stage, bool node_changed);

/// "the ClusterUpgrade is being deleted", or the reason of the halt. Pre: planning.giving_back().
std::string WhyGivenBack(const Planning& planning);

}  // namespace cu::planner
