#include "planner/nodes/verifying.hpp"

#include <algorithm>
#include <chrono>

#include "base/text.hpp"
#include "planner/executors/executor.hpp"
#include "planner/nodes/attempts.hpp"
#include "planner/nodes/steps.hpp"

namespace cu::planner {
namespace {

using api::FailureReason;

constexpr std::size_t kNamesShown = 3;

/// Why a node does not count as healthy yet.
struct Problem {
  FailureReason reason = FailureReason::kUnknown;
  std::string message;
};

/// The kubelet itself has reported the new version, or its Lease was seen to be renewed since the
/// verification began.
bool SeeSignOfLife(NodeWork& work) {
  if (work.entry.from_version != work.entry.version) {
    return true;
  }
  work.add.Watch(WatchKind::kNodeLease, work.entry.name);
  const auto& leases = work.planning().world().leases;
  const auto watched = leases.find(work.entry.name);
  if (watched == leases.end() || !watched->second.current || watched->second.items->empty()) {
    return false;
  }
  const std::string& renewed = watched->second.items->begin()->second.renew_time;
  if (!work.memory.lease_before) {
    work.memory.lease_before = renewed;
  }
  return *work.memory.lease_before != renewed;
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

std::optional<Problem> CheckDaemonSets(NodeWork& work) {
  if (work.entry.daemon_sets.empty()) {
    return std::nullopt;
  }
  if (work.pods() == nullptr) {
    return Problem{FailureReason::kPodsUnknown, "waiting for its pods to be listed"};
  }
  const std::vector<std::string> missing = work.Take(
      MissingDaemonSets(work.planning(), work.entry.daemon_sets, work.node(), *work.pods()));
  if (missing.empty()) {
    return std::nullopt;
  }
  return Problem{FailureReason::kDaemonSetsNotReady,
                 "DaemonSet pods are not Ready again: " + base::JoinNames(missing, kNamesShown)};
}

std::optional<Problem> FindProblem(NodeWork& work) {
  const api::VerifySpec& verify = work.planning().spec().verify;
  const api::Node& node = work.node();
  if (node.kubelet_version != work.entry.version) {
    return Problem{FailureReason::kWrongVersion,
                   "the kubelet still reports " + node.kubelet_version};
  }
  if (verify.new_boot && node.boot_id == work.entry.boot_id) {
    return Problem{FailureReason::kNotRebooted,
                   "it has not been rebooted yet (spec.verify.newBoot)"};
  }
  if (!node.ready) {
    return Problem{FailureReason::kNodeNotReady, "it is not Ready"};
  }
  if (!SeeSignOfLife(work)) {
    return Problem{FailureReason::kNoSignOfLife, "waiting for its Lease to be renewed"};
  }
  return verify.daemon_sets == api::DaemonSetCheck::kRequire ? CheckDaemonSets(work) : std::nullopt;
}

void AwaitHealth(NodeWork& work, const Problem& problem) {
  work.memory.healthy.reset();
  work.entry.message = problem.message;
  const std::chrono::seconds timeout(work.planning().spec().verify.timeout_seconds);
  if (!work.Reached(work.entry.step_time + timeout)) {
    return;
  }
  const FailureCause cause{problem.reason, "after its upgrade: " + problem.message, true};
  if (problem.reason == FailureReason::kWrongVersion && ExecutorOf(work.entry).tries_again) {
    FailAttempt(work, cause);
  } else {
    Fail(work, cause);
  }
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

}  // namespace

void AdvanceVerifying(NodeWork& work) {
  if (const auto problem = FindProblem(work)) {
    return AwaitHealth(work, *problem);
  }
  const int min_ready_seconds = work.planning().spec().verify.min_ready_seconds;
  const base::SteadyTime until = HealthySince(work) + std::chrono::seconds(min_ready_seconds);
  if (work.planning().world().now.steady < until) {
    work.entry.message = "Ready at " + work.entry.version + ", must stay Ready for " +
                         std::to_string(min_ready_seconds) + " s";
    work.add.WakeAt(until);
    return;
  }
  if (const auto tolerated = CheckDaemonSets(work)) {
    work.add.Warn(Finding::Warns(api::FindingType::kDaemonSetsNotReady,
                                 work.entry.name,
                                 work.entry.name + ": " + tolerated->message));
  }
  MoveOn(work);
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
      failure.reason != FailureReason::kPodsUnknown) {
    return {true};
  }
  Asked<bool> recovered{false};
  recovered.add.Watch(WatchKind::kPodsOnNode, failure.name);
  if (const NodePods* pods = planning.PodsOf(failure.name)) {
    auto missing = MissingDaemonSets(planning, failure.daemon_sets, node, *pods);
    recovered.add.Add(std::move(missing.add));
    recovered.answer = missing.answer.empty();
  }
  return recovered;
}

}  // namespace cu::planner
