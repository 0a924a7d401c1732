#include <algorithm>

#include "base/text.hpp"
#include "base/time.hpp"
#include "planner/nodes/node_steps.hpp"
#include "planner/pods/obstacle.hpp"

namespace cu::planner {
namespace {

using api::FailureReason;

/// What is not yet as it must be.
struct Lack {
  api::FailureReason reason = api::FailureReason::kUnknown;
  std::string message;
};

bool SignOfLife(Planning& planning, const api::NodeInWork& entry) {
  if (entry.from_version != entry.version) {
    return true;  // the kubelet itself has reported the new version
  }
  planning.Watch(WatchKind::kNodeLease, entry.name);
  const auto watched = planning.world().leases.find(entry.name);
  if (watched == planning.world().leases.end() || !watched->second.current) {
    return false;
  }
  const auto& leases = *watched->second.items;
  if (leases.empty()) {
    return false;
  }
  const std::string& renewed = leases.begin()->second.renew_time;
  const auto [before, fresh] = planning.plan().memory.lease_before.try_emplace(entry.uid, renewed);
  return !fresh && before->second != renewed;
}

/// False once the DaemonSet is known to be gone, or to ask for other nodes now.
bool WantsNode(Planning& planning, const std::string& daemon_set, const api::Node& node) {
  planning.Watch(WatchKind::kDaemonSet, daemon_set);
  const auto watched = planning.world().daemon_sets.find(daemon_set);
  if (watched == planning.world().daemon_sets.end() || !watched->second.current) {
    return true;
  }
  const auto& found = *watched->second.items;
  return !found.empty() && found.begin()->second.placement.Fits(node.meta.name, node.meta.labels);
}

/// Those that have no Ready pod on the node though they want one there.
std::vector<std::string> MissingDaemonSets(Planning& planning,
                                           const std::vector<std::string>& daemon_sets,
                                           const api::Node& node,
                                           const api::ObjectMap<api::Pod>& pods) {
  std::vector<std::string> missing;
  for (const std::string& name : daemon_sets) {
    bool there = false;
    bool ready = false;
    for (const auto& [key, pod] : pods) {
      const bool of_it = pod.meta.controller && pod.meta.controller->kind == "DaemonSet" &&
                         pod.meta.ns + "/" + pod.meta.controller->name == name;
      there = there || of_it;
      ready = ready || (of_it && pod.ready && !pod.meta.deleted);
    }
    if (!ready && (there || WantsNode(planning, name, node))) {
      missing.push_back(name);
    }
  }
  return missing;
}

std::optional<Lack> LackOfDaemonSets(Planning& planning,
                                     const api::NodeInWork& entry,
                                     const api::Node& node) {
  if (entry.daemon_sets.empty()) {
    return std::nullopt;
  }
  const api::ObjectMap<api::Pod>* pods = planning.PodsOf(entry.name);
  if (pods == nullptr) {
    return Lack{FailureReason::kPodsUnknown, "waiting for the list of its pods"};
  }
  const std::vector<std::string> missing =
      MissingDaemonSets(planning, entry.daemon_sets, node, *pods);
  if (missing.empty()) {
    return std::nullopt;
  }
  return Lack{FailureReason::kDaemonSetsNotReady,
              "DaemonSet pods are not Ready again: " + base::JoinNames(missing, 3)};
}

std::optional<Lack> FindLack(Planning& planning,
                             const api::NodeInWork& entry,
                             const api::Node& node) {
  if (node.kubelet_version != entry.version) {
    return Lack{FailureReason::kWrongVersion, "the kubelet still reports " + node.kubelet_version};
  }
  if (planning.spec().verify.new_boot && node.boot_id == entry.boot_id) {
    return Lack{FailureReason::kNotRebooted, "it has not been rebooted yet (spec.verify.newBoot)"};
  }
  if (!node.ready) {
    return Lack{FailureReason::kNodeNotReady, "it is not Ready"};
  }
  if (!SignOfLife(planning, entry)) {
    return Lack{FailureReason::kNoSignOfLife, "waiting for its Lease to be renewed"};
  }
  const bool required = planning.spec().verify.daemon_sets == api::DaemonSetCheck::kRequire;
  return required ? LackOfDaemonSets(planning, entry, node) : std::nullopt;
}

Outcome TimeIsOver(Planning& planning, api::NodeInWork& entry, const Lack& lack) {
  const std::string message = "after its upgrade: " + lack.message;
  if (lack.reason == FailureReason::kWrongVersion && entry.executor == api::ExecutorType::kJob) {
    return FailAttempt(planning, entry, {lack.reason, message, true});
  }
  return Fail(planning, entry, {lack.reason, message, true});
}

}  // namespace

bool Overcome(Planning& planning, const api::NodeFailure& failure, const api::Node& node) {
  if (failure.retried || failure.step != api::NodeStep::kVerifying) {
    return true;
  }
  if (failure.reason == FailureReason::kNotRebooted) {
    return node.boot_id != failure.boot_id;
  }
  if (failure.reason == FailureReason::kNoSignOfLife) {
    return node.ready_since && *node.ready_since > failure.time;
  }
  if (failure.reason == FailureReason::kDaemonSetsNotReady ||
      failure.reason == FailureReason::kPodsUnknown) {
    planning.Watch(WatchKind::kPodsOnNode, failure.name);
    const api::ObjectMap<api::Pod>* pods = planning.PodsOf(failure.name);
    return pods != nullptr && MissingDaemonSets(planning, failure.daemon_sets, node, *pods).empty();
  }
  return true;
}

Outcome AdvanceVerifying(Planning& planning, api::NodeInWork& entry, const api::Node& node) {
  auto& healthy = planning.plan().memory.healthy;
  if (const auto lack = FindLack(planning, entry, node)) {
    healthy.erase(entry.uid);
    entry.message = lack->message;
    const base::WallTime deadline =
        entry.step_time + std::chrono::seconds(planning.spec().verify.timeout_seconds);
    return planning.Passed(deadline) ? TimeIsOver(planning, entry, *lack) : Outcome::kInWork;
  }
  const std::string proof =
      node.boot_id + " " + (node.ready_since ? base::FormatTime(*node.ready_since) : "");
  auto& since = healthy.try_emplace(entry.uid, Memory::Healthy{planning.world().now.steady, proof})
                    .first->second;
  if (since.proof != proof) {
    since = {planning.world().now.steady, proof};
  }
  const base::SteadyTime until =
      since.since + std::chrono::seconds(planning.spec().verify.min_ready_seconds);
  if (planning.world().now.steady < until) {
    entry.message = "Ready at " + entry.version + ", must stay so for " +
                    std::to_string(planning.spec().verify.min_ready_seconds) + " s";
    planning.LookAt(until);
    return Outcome::kInWork;
  }
  if (const auto tolerated = LackOfDaemonSets(planning, entry, node)) {
    planning.AddWarning({api::FindingType::kDaemonSetsNotReady,
                         entry.name,
                         entry.name + ": " + tolerated->message,
                         false});
  }
  MoveTo(planning, entry, api::NodeStep::kUncordoning);
  entry.verified = true;
  entry.released_for = "verified";
  entry.message = entry.released_for;
  return Outcome::kInWork;
}

}  // namespace cu::planner
