#include "planner/nodes/verifying.hpp"

#include <algorithm>
#include <chrono>

#include "base/text.hpp"
#include "planner/executors/executor.hpp"
#include "planner/model/node_health.hpp"
#include "planner/nodes/attempts.hpp"
#include "planner/nodes/steps.hpp"
#include "planner/pods/static_pods.hpp"
#include "planner/target/suffix.hpp"

namespace cu::planner {
namespace {

using api::FailureReason;

constexpr std::size_t kNamesShown = 3;

/// Why a node does not count as healthy yet.
struct Problem {
  FailureReason reason = FailureReason::kUnknown;
  std::string message;
};

/// A kubelet renews its Lease every 10 s: a renewal in the last seconds of the soak, or after it.
constexpr auto kRenewedWithin = std::chrono::seconds(5);
/// A Lease that is not renewed for so long makes the node NotReady, and that is told then.
constexpr auto kRenewalTakesAtMost = std::chrono::seconds(60);

/// When the node's Lease was last seen to be renewed since the verification began; none before.
std::optional<base::SteadyTime> SeeRenewal(NodeWork& work) {
  work.add.Watch(WatchKind::kNodeLease, work.entry.name);
  auto& seen = work.memory.lease;
  const auto& leases = work.planning().world().leases;
  const auto watched = leases.find(work.entry.name);
  if (watched != leases.end() && watched->second.current && !watched->second.items->empty()) {
    const std::string& renewed = watched->second.items->begin()->second.renew_time;
    if (!seen) {
      seen = {renewed, std::nullopt};
    } else if (seen->renew_time != renewed) {
      seen = {renewed, work.planning().world().now.steady};
    }
  }
  return seen ? seen->renewed : std::nullopt;
}

/// The kubelet itself has reported the new version, or its Lease was seen to be renewed since the
/// verification began.
bool ShowsLife(const NodeWork& work, const std::optional<base::SteadyTime>& renewed) {
  return renewed || !work.planning().IsAt(work.node(), work.entry.from_version);
}

/// False once the DaemonSet is known to be gone, or to ask for other nodes now.
Asked<bool> WantsNode(const Planning& planning,
                      const std::string& daemon_set,
                      const api::Node& node) {
  Asked<bool> wants{true};
  wants.add.Watch(WatchKind::kDaemonSet, daemon_set);
  const auto watched = planning.world().daemon_sets.find(daemon_set);
  if (watched != planning.world().daemon_sets.end() && watched->second.current) {
    const auto& found = *watched->second.items;
    wants.answer =
        !found.empty() && found.begin()->second.placement.Fits(node.meta.name, node.meta.labels);
  }
  return wants;
}

/// Those that have no Ready pod on the node though they want one there.
Asked<std::vector<std::string>> MissingDaemonSets(const Planning& planning,
                                                  const std::vector<std::string>& daemon_sets,
                                                  const api::Node& node,
                                                  const NodePods& pods) {
  Asked<std::vector<std::string>> missing;
  for (const std::string& name : daemon_sets) {
    bool there = false;
    bool ready = false;
    for (const auto& [key, pod] : *pods.all) {
      const bool of_it =
          pod.of_daemon_set() && pod.meta.ns + "/" + pod.meta.controller->name == name;
      there = there || of_it;
      ready = ready || (of_it && pod.ready && !pod.meta.deleted);
    }
    if (ready) {
      continue;
    }
    if (!there) {
      Asked<bool> wants = WantsNode(planning, name, node);
      missing.add.Add(std::move(wants.add));
      there = wants.answer;
    }
    if (there) {
      missing.answer.push_back(name);
    }
  }
  return missing;
}

bool IsRequired(const api::VerifySpec& verify, const std::string& daemon_set) {
  const auto& namespaces = verify.daemon_set_namespaces;
  const std::string ns = daemon_set.substr(0, daemon_set.find('/'));
  return verify.daemon_sets == api::DaemonSetCheck::kRequire &&
         (namespaces.empty() ||
          std::find(namespaces.begin(), namespaces.end(), ns) != namespaces.end());
}

/// Of the DaemonSets that are required, or of the others.
std::optional<Problem> CheckDaemonSets(NodeWork& work, bool required) {
  std::vector<std::string> names = work.entry.daemon_sets;
  std::erase_if(names, [&](const std::string& name) {
    return IsRequired(work.planning().spec().verify, name) != required;
  });
  if (names.empty()) {
    return std::nullopt;
  }
  if (work.pods() == nullptr) {
    return Problem{FailureReason::kPodsUnknown, "waiting for its pods to be listed"};
  }
  const std::vector<std::string> missing =
      work.Take(MissingDaemonSets(work.planning(), names, work.node(), *work.pods()));
  if (missing.empty()) {
    return std::nullopt;
  }
  return Problem{FailureReason::kDaemonSetsNotReady,
                 "DaemonSet pods are not Ready again: " + base::JoinNames(missing, kNamesShown)};
}

std::optional<Problem> CheckStaticPods(const NodeWork& work) {
  if (work.entry.static_pods.empty()) {
    return std::nullopt;
  }
  if (work.pods() == nullptr) {
    return Problem{FailureReason::kPodsUnknown, "waiting for its pods to be listed"};
  }
  const std::vector<std::string> unready =
      UnreadyStaticPods(work.entry.static_pods, *work.pods()->all);
  if (unready.empty()) {
    return std::nullopt;
  }
  return Problem{FailureReason::kStaticPodsNotReady,
                 "static pods are not Ready again: " + base::JoinNames(unready, kNamesShown)};
}

std::string SuffixProblemOf(const NodeWork& work) {
  return SuffixProblem(work.node().kubelet_version, work.entry.version, work.entry.from_version);
}

std::string DescribeVersion(const NodeWork& work) {
  const ScopedNode& scoped = *work.planning().ViewOf(work.entry.name).scoped;
  const bool other = StageOf(work.entry).components
                         ? scoped.components != ParseVersion(work.entry.version)
                         : !scoped.apart && scoped.LeftBehind();
  if (other) {
    return scoped.components ? "its control plane still runs " + scoped.components_text
                             : "not all static pods of its control plane are seen";
  }
  const std::string problem = SuffixProblemOf(work);
  return problem.empty() ? "the kubelet still reports " + work.node().kubelet_version : problem;
}

std::optional<Problem> FindProblem(NodeWork& work) {
  const api::VerifySpec& verify = work.planning().spec().verify;
  const api::Node& node = work.node();
  const std::optional<base::SteadyTime> renewed = SeeRenewal(work);
  if (!ShowsStage(work.planning(),
                  StageOf(work.entry),
                  *work.planning().ViewOf(work.entry.name).scoped,
                  work.entry.version)) {
    return Problem{FailureReason::kWrongVersion, DescribeVersion(work)};
  }
  if (verify.new_boot && StageOf(work.entry).kubelet && node.boot_id == work.entry.boot_id) {
    return Problem{FailureReason::kNotRebooted,
                   "it has not been rebooted yet (spec.verify.newBoot)"};
  }
  if (!node.ready) {
    const std::string why = work.Take(WhyNotReady(work.planning(), node));
    return Problem{FailureReason::kNodeNotReady, why.empty() ? "it is not Ready" : why};
  }
  if (!ShowsLife(work, renewed)) {
    return Problem{FailureReason::kNoSignOfLife, "waiting for its Lease to be renewed"};
  }
  if (auto problem = CheckStaticPods(work)) {
    return problem;
  }
  return CheckDaemonSets(work, true);
}

void AwaitHealth(NodeWork& work, const Problem& problem) {
  work.memory.healthy.reset();
  work.entry.message = problem.message;
  const std::chrono::seconds timeout(work.planning().spec().verify.timeout_seconds);
  if (!work.Reached(work.entry.step_time + timeout)) {
    return;
  }
  const FailureCause cause{problem.reason, "after its upgrade: " + problem.message, true};
  if (problem.reason == FailureReason::kWrongVersion && ExecutorOf(work.entry).tries_again &&
      SuffixProblemOf(work).empty()) {
    FailAttempt(work, cause);
  } else {
    Fail(work, cause);
  }
}

std::string ShownVersion(const NodeWork& work) {
  return StageOf(work.entry).kubelet ? work.node().kubelet_version : work.entry.version;
}

/// Since when it has been healthy without a break.
base::SteadyTime HealthySince(NodeWork& work) {
  const api::Node& node = work.node();
  auto& healthy = work.memory.healthy;
  if (!healthy || healthy->boot_id != node.boot_id || healthy->ready_since != node.ready_since) {
    healthy = {work.planning().world().now.steady, node.boot_id, node.ready_since};
  }
  return healthy->since;
}

/// The kubelet was alive at the end of the soak, too: a node counts as Ready for 40 s after it has
/// died.
bool IsAlive(NodeWork& work, base::SteadyTime until) {
  const std::chrono::seconds soak(work.planning().spec().verify.min_ready_seconds);
  const auto& renewed = work.memory.lease ? work.memory.lease->renewed : std::nullopt;
  if (renewed && *renewed >= until - std::min<std::chrono::seconds>(soak, kRenewedWithin)) {
    return true;
  }
  work.entry.message =
      "Ready at " + ShownVersion(work) + ", waiting for its Lease to be renewed once more";
  const std::chrono::seconds timeout(work.planning().spec().verify.timeout_seconds);
  work.add.WakeAt(until + kRenewalTakesAtMost);
  if (work.planning().world().now.steady >= until + kRenewalTakesAtMost &&
      work.Reached(work.entry.step_time + timeout)) {
    Fail(work,
         {FailureReason::kNoSignOfLife,
          "after its upgrade: its kubelet does not renew its Lease any more",
          true});
  }
  return false;
}

}  // namespace

void AdvanceVerifying(NodeWork& work) {
  if (work.entry.verified) {
    return MoveOn(work);
  }
  if (const auto problem = FindProblem(work)) {
    return AwaitHealth(work, *problem);
  }
  const int min_ready_seconds = work.planning().spec().verify.min_ready_seconds;
  const base::SteadyTime until = HealthySince(work) + std::chrono::seconds(min_ready_seconds);
  if (work.planning().world().now.steady < until) {
    work.entry.message = "Ready at " + ShownVersion(work) + ", must stay Ready for " +
                         std::to_string(min_ready_seconds) + " s";
    work.add.WakeAt(until);
    return;
  }
  if (!IsAlive(work, until)) {
    return;
  }
  if (const auto tolerated = CheckDaemonSets(work, false)) {
    work.add.Warn(Finding::Warns(api::FindingType::kDaemonSetsNotReady,
                                 work.entry.name,
                                 work.entry.name + ": " + tolerated->message));
  }
  // Where nothing follows, it is told before the node leaves.
  if (StepAfter(StageOf(work.entry), work.entry.step)) {
    MoveOn(work);
  }
  work.entry.verified = true;
  work.entry.released_for = "verified";
  work.entry.message = work.entry.released_for;
}

Asked<bool> HasRecovered(const Planning& planning,
                         const api::NodeFailure& failure,
                         const api::Node& node) {
  if (failure.retried || failure.step != api::NodeStep::kVerifying) {
    return {true};
  }
  if (failure.reason == FailureReason::kNotRebooted) {
    return {node.boot_id != failure.boot_id};
  }
  if (failure.reason == FailureReason::kNoSignOfLife) {
    return {node.ready_since && *node.ready_since > failure.time};
  }
  if (failure.reason != FailureReason::kDaemonSetsNotReady &&
      failure.reason != FailureReason::kStaticPodsNotReady &&
      failure.reason != FailureReason::kPodsUnknown) {
    return {true};
  }
  Asked<bool> recovered{false};
  recovered.add.Watch(WatchKind::kPodsOnNode, failure.name);
  if (const NodePods* pods = planning.PodsOf(failure.name)) {
    auto missing = MissingDaemonSets(planning, failure.daemon_sets, node, *pods);
    recovered.add.Add(std::move(missing.add));
    std::erase_if(missing.answer, [&](const std::string& name) {
      return !IsRequired(planning.spec().verify, name);
    });
    recovered.answer =
        missing.answer.empty() && UnreadyStaticPods(failure.static_pods, *pods->all).empty();
  }
  return recovered;
}

}  // namespace cu::planner
