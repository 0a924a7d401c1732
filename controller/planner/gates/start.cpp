#include "planner/gates/start.hpp"

#include <algorithm>
#include <map>

#include "base/text.hpp"
#include "planner/gates/preflight.hpp"
#include "planner/model/history.hpp"
#include "planner/nodes/node_steps.hpp"
#include "planner/pods/evictions.hpp"
#include "planner/pods/losses.hpp"
#include "planner/pods/obstacle.hpp"

namespace cu::planner {
namespace {

using api::HoldReason;

constexpr std::size_t kNamesShown = 3;

bool InScope(const ScopedNode& scoped) {
  return !scoped.skip;
}

api::PoolSpec PoolSpecOf(const Planning& planning, const std::string& pool) {
  if (pool == kControlPlanePool) {
    return {};  // one at a time, and all the others Ready: etcd's margin
  }
  for (const api::PoolSpec& spec : planning.spec().pools) {
    if (spec.name == pool) {
      return spec;
    }
  }
  return {};
}

int Budget(const api::PoolSpec& spec, int nodes) {
  constexpr int kHundredPercent = 100;
  const int wanted = spec.max_unavailable.percent
                         ? nodes * spec.max_unavailable.value / kHundredPercent
                         : spec.max_unavailable.value;
  return std::max(1, wanted);
}

struct PoolUse {
  int nodes = 0;
  int unavailable = 0;
  std::vector<std::string> unhealthy;
  /// At the target, with our cordon: to be verified once no Job is at work on them.
  std::vector<std::string> held;
};

PoolUse UseOf(const Planning& planning, const std::string& pool, const api::PoolSpec& spec) {
  PoolUse use;
  for (const ScopedNode& scoped : planning.scope().nodes) {
    const std::string& name = scoped.node->meta.name;
    // A member of etcd that is down is missed, whoever looks after it.
    const bool missed = scoped.control_plane && !scoped.node->ready;
    if (scoped.pool != pool || (!InScope(scoped) && !planning.InWork(name) && !missed)) {
      continue;
    }
    ++use.nodes;
    if (planning.InWork(name)) {
      ++use.unavailable;
    } else if (!scoped.node->ready && (missed || !planning.Failed(name))) {
      use.unhealthy.push_back(InScope(scoped) ? name : name + " (" + scoped.skip->text + ")");
      use.unavailable += spec.unhealthy_nodes == api::UnhealthyNodes::kWait ? 1 : 0;
    } else if (scoped.at_target && planning.Pending(scoped)) {
      use.held.push_back(name);
      ++use.unavailable;
    }
  }
  return use;
}

/// The pool whose turn it is: the first with a node that is in work or pending, then the first with
/// one that comes back; of the control plane before the workers.
std::string CurrentPool(const Planning& planning) {
  const auto first = [&](bool control_plane, auto wanted) -> std::string {
    for (const ScopedNode& scoped : planning.scope().nodes) {
      if (scoped.control_plane == control_plane && wanted(scoped)) {
        return scoped.pool;
      }
    }
    return "";
  };
  for (const bool control_plane : {true, false}) {
    std::string pool = first(control_plane, [&](const ScopedNode& scoped) {
      return planning.InWork(scoped.node->meta.name) || planning.Pending(scoped);
    });
    if (pool.empty()) {
      pool = first(control_plane, [&](const auto& scoped) { return planning.ComesBack(scoped); });
    }
    if (!pool.empty()) {
      return pool;
    }
  }
  return "";
}

/// Who may be started: pending nodes, and once none of them is left, those that come back; the
/// control plane and the workers apart.
class Candidates {
 public:
  explicit Candidates(const Planning& planning) : planning_(&planning) {
    for (const ScopedNode& scoped : planning.scope().nodes) {
      if (planning.Pending(scoped)) {
        (scoped.control_plane ? control_plane_pending_ : workers_pending_) = true;
      }
    }
  }
  bool Has(const ScopedNode& scoped) const {
    const bool others = scoped.control_plane ? control_plane_pending_ : workers_pending_;
    return others ? planning_->Pending(scoped) : planning_->ComesBack(scoped);
  }

 private:
  const Planning* planning_;
  bool control_plane_pending_ = false;
  bool workers_pending_ = false;
};

/// Failures that stop everything, or nothing.
std::optional<Hold> StoppedByFailures(const Planning& planning) {
  std::vector<std::string> workers;
  for (const api::NodeFailure& failure : planning.status().failures) {
    if (failure.retried) {
      continue;
    }
    const ScopedNode* scoped = planning.scope().Find(failure.name);
    if (scoped == nullptr || !InScope(*scoped)) {
      continue;
    }
    if (scoped->control_plane) {
      return Hold::NeedsPerson(
          HoldReason::kControlPlaneNodeFailed,
          "control-plane node " + failure.name + " failed (" + NameOf(failure.reason) + ": " +
              failure.message +
              "); repair it, or give it fresh attempts by a new value of the annotation "
              "clusterupgrade.io/retry");
    }
    workers.push_back(failure.name + " (" + NameOf(failure.reason) + ")");
  }
  if (static_cast<int>(workers.size()) > planning.spec().failure_policy.max_failed_nodes) {
    return Hold::NeedsPerson(
        HoldReason::kTooManyFailed,
        std::to_string(workers.size()) + " failed, " +
            std::to_string(planning.spec().failure_policy.max_failed_nodes) +
            " are tolerated: " + base::JoinNames(workers, kNamesShown) +
            "; repair them, or give them fresh attempts by a new value of the annotation "
            "clusterupgrade.io/retry");
  }
  return std::nullopt;
}

/// A control-plane node that was postponed keeps the workers back.
std::optional<Hold> StoppedByControlPlane(const Planning& planning, const std::string& pool) {
  if (pool == kControlPlanePool) {
    return std::nullopt;
  }
  for (const ScopedNode& scoped : planning.scope().nodes) {
    if (scoped.control_plane && InScope(scoped) && !scoped.done()) {
      return Hold::NeedsPerson(
          HoldReason::kControlPlaneNotUpgraded,
          "control-plane node " + scoped.node->meta.name +
              " is not upgraded, and no worker goes before the control plane; let it be tried "
              "again by a new value of the annotation clusterupgrade.io/retry");
    }
  }
  return std::nullopt;
}

enum class Judgement { kFit, kUnknown, kRefused };

/// Judges a node by its own pods; `refusal` says why it may not be drained.
Judgement JudgeNode(Planning& planning, const ScopedNode& scoped, std::string& refusal) {
  const std::string& name = scoped.node->meta.name;
  planning.Watch(WatchKind::kPodsOnNode, name);
  const api::ObjectMap<api::Pod>* pods = planning.PodsOf(name);
  if (pods == nullptr) {
    return Judgement::kUnknown;
  }
  planning.plan().memory.refused_nodes.erase(name);
  if (!NeedsDrain(planning.spec().drain, scoped.node->kubelet_version, planning.spec().version)) {
    return Judgement::kFit;
  }
  std::vector<Finding> findings = FindOnNode(planning, *pods);
  std::vector<Finding> blocking;
  for (Finding& finding : findings) {
    if (finding.blocks) {
      blocking.push_back(std::move(finding));
    }
  }
  if (!blocking.empty()) {
    refusal = "node " + name + " may not be drained, " + DescribeFindings(blocking);
    planning.plan().memory.refused_nodes[name] = refusal;
    NoteRefusals(planning, blocking);
    return Judgement::kRefused;
  }
  for (const Finding& finding : findings) {
    planning.AddWarning(finding);
  }
  return Judgement::kFit;
}

void Start(Planning& planning, const ScopedNode& scoped) {
  BeginRun(planning);
  planning.status().in_progress.push_back(StartWork(planning, scoped));
}

/// Watches the pods of the next one while the last is being verified, so that no time is lost
/// between.
void LookAhead(Planning& planning) {
  const auto& in_progress = planning.status().in_progress;
  const bool nearly_done =
      std::all_of(in_progress.begin(), in_progress.end(), [](const api::NodeInWork& entry) {
        return entry.step == api::NodeStep::kVerifying || entry.step == api::NodeStep::kUncordoning;
      });
  if (!nearly_done) {
    return;
  }
  const Candidates candidates(planning);
  for (const ScopedNode& scoped : planning.scope().nodes) {
    if (candidates.Has(scoped)) {
      planning.Watch(WatchKind::kPodsOnNode, scoped.node->meta.name);
      return;
    }
  }
}

/// While paused everything is judged all the same, so that a plan can be reviewed first.
std::vector<Hold> Preview(Planning& planning) {
  std::vector<Hold> holds = {Hold::Paused("spec.paused is true")};
  if (auto preflight = Preflight(planning)) {
    holds.push_back(*std::move(preflight));
  }
  return holds;
}

std::optional<Hold> StartInPool(Planning& planning, const std::string& pool) {
  const api::PoolSpec spec = PoolSpecOf(planning, pool);
  PoolUse use = UseOf(planning, pool, spec);
  const int budget = Budget(spec, use.nodes);
  const Candidates candidates(planning);
  std::vector<std::string> refusals;
  for (const ScopedNode& scoped : planning.scope().nodes) {
    if (scoped.pool != pool || !candidates.Has(scoped) || !scoped.node->ready || scoped.at_target) {
      continue;
    }
    if (use.unavailable >= budget || planning.status().in_progress.size() >= kInWorkMax ||
        refusals.size() >= kInWorkMax) {
      break;
    }
    std::string refusal;
    const Judgement judgement = JudgeNode(planning, scoped, refusal);
    if (judgement == Judgement::kUnknown) {
      // The order of names is kept.
      return Hold::Passing(HoldReason::kLookingAtNode,
                           "looking at the pods of " + scoped.node->meta.name);
    }
    if (judgement == Judgement::kRefused) {
      refusals.push_back(std::move(refusal));
      continue;
    }
    Start(planning, scoped);
    ++use.unavailable;
  }
  if (!refusals.empty()) {
    // The others of the pool have gone on.
    return Hold::NeedsPerson(HoldReason::kPreflightRefused, base::JoinNames(refusals, kNamesShown));
  }
  if (!use.unhealthy.empty()) {
    return Hold::Passing(
        HoldReason::kWaitingForNodes,
        "waiting for nodes that are not Ready: " + base::JoinNames(use.unhealthy, kNamesShown));
  }
  if (!use.held.empty()) {
    return Hold::Passing(HoldReason::kWaitingForJob,
                         "waiting until no upgrade Job is at work on " +
                             base::JoinNames(use.held, kNamesShown) + ", at the version already");
  }
  return std::nullopt;
}

bool OtherObjectAtWork(const Planning& planning) {
  return std::any_of(
      planning.world().upgrades->begin(), planning.world().upgrades->end(), [&](const auto& known) {
        return known.second.meta.uid != planning.upgrade().meta.uid &&
               !known.second.status.in_progress.empty();
      });
}

std::vector<Hold> Held(std::optional<Hold> hold) {
  return hold ? std::vector<Hold>{*std::move(hold)} : std::vector<Hold>{};
}

}  // namespace

std::vector<Hold> StartNodes(Planning& planning) {
  const std::string pool = CurrentPool(planning);
  if (pool.empty()) {
    return {};
  }
  if (auto hold = StoppedByFailures(planning)) {
    return {*std::move(hold)};
  }
  if (auto hold = StoppedByControlPlane(planning, pool)) {
    return {*std::move(hold)};
  }
  if (planning.paused()) {
    return Preview(planning);
  }
  LookAhead(planning);
  if (!planning.HasBegun()) {
    if (auto hold = Preflight(planning)) {
      return {*std::move(hold)};
    }
  }
  if (!planning.world().current) {
    return {Hold::Passing(HoldReason::kWaitingForWatches,
                          "waiting until the state of the cluster is known")};
  }
  if (OtherObjectAtWork(planning)) {
    return {Hold::Passing(HoldReason::kWaitingForOther,
                          "waiting until the nodes in work by another ClusterUpgrade are done")};
  }
  return Held(StartInPool(planning, pool));
}

}  // namespace cu::planner
