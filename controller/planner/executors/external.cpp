#include "planner/executors/external.hpp"

#include <chrono>

#include "api/labels.hpp"

namespace cu::planner {
namespace {

/// The version is not announced yet: the node can still be given back. None if it is not to be.
std::optional<AttemptVerdict> StopsUnannounced(const NodeWork& work) {
  const Planning& planning = work.planning();
  if (work.marked() && !work.node().unschedulable) {
    return AttemptVerdict::Uncordoned();
  }
  if (const Skip* skip = planning.ViewOf(work.entry.name).skip) {
    return AttemptVerdict::GiveBack(skip->text);
  }
  if (IsNewer(work.node().kubelet_version, work.entry.version)) {
    return AttemptVerdict::GiveBack("it is already at " + work.node().kubelet_version);
  }
  return std::nullopt;
}

void Announce(NodeWork& work) {
  const Planning& planning = work.planning();
  Action announce =
      CordonNode{work.entry.name, work.entry.uid, planning.Mark(), work.entry.version};
  const ActionResult* result = planning.ResultOf(announce);
  if (result != nullptr && result->outcome != Outcome::kAccepted) {
    work.entry.message =
        "cannot set the annotation clusterupgrade.io/desired-version yet: " + result->message;
  }
  if (planning.MayCordon()) {
    work.add.Want(std::move(announce));
  }
}

}  // namespace

std::string ExternalExecutor::NameJob(const Planning&, const api::NodeInWork&) {
  return "";
}

AttemptVerdict ExternalExecutor::Look(NodeWork& work) {
  const Planning& planning = work.planning();
  api::NodeInWork& entry = work.entry;
  if (work.node().kubelet_version == entry.version) {
    return AttemptVerdict::Done();
  }
  const bool announced = api::AnnotationOf(work.node().meta, api::kDesiredVersion) == entry.version;
  if (planning.giving_back() && (!announced || planning.deleted())) {
    return AttemptVerdict::GiveBack(WhyGivenBack(planning));
  }
  if (!announced) {
    if (auto stop = StopsUnannounced(work)) {
      return *std::move(stop);
    }
  } else if (!entry.announced) {
    entry.announced = planning.now();
  }
  const std::chrono::seconds timeout(planning.spec().executor.timeout_seconds);
  if (entry.announced && !planning.paused() && work.Reached(*entry.announced + timeout)) {
    return AttemptVerdict::NodeFailed(
        {api::FailureReason::kNotUpgradedInTime,
         "no external tool upgraded it to " + entry.version + " in time",
         true});
  }
  entry.message = "waiting for an external tool to upgrade this node to " + entry.version +
                  " (executor External)";
  if (!announced && !planning.paused()) {
    Announce(work);
  }
  return AttemptVerdict::AtWork();
}

std::vector<Action> ExternalExecutor::Rehearse(const Planning&, const api::NodeInWork&) {
  return {};
}

}  // namespace cu::planner
