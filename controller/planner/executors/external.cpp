#include "planner/executors/external.hpp"

#include <chrono>

#include "api/labels.hpp"
#include "planner/model/node_health.hpp"
#include "planner/target/suffix.hpp"

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

/// Another version, or, where it was there before, another boot: nothing else can be seen.
bool IsChanged(const NodeWork& work) {
  const Planning& planning = work.planning();
  return planning.Reruns(work.entry) ? work.node().boot_id != work.entry.boot_id
                                     : planning.IsAt(work.node(), work.entry.version);
}

/// What is to be said besides, or "".
std::string DetailOf(NodeWork& work) {
  std::string detail =
      SuffixProblem(work.node().kubelet_version, work.entry.version, work.entry.from_version);
  if (detail.empty()) {
    detail = work.Take(WhyNotReady(work.planning(), work.node()));
  }
  return detail.empty() ? "" : "; " + detail;
}

}  // namespace

std::string ExternalExecutor::NameJob(const Planning&, const api::NodeInWork&) {
  return "";
}

AttemptVerdict ExternalExecutor::Look(NodeWork& work) {
  const Planning& planning = work.planning();
  api::NodeInWork& entry = work.entry;
  if (IsChanged(work)) {
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
  const std::string detail = DetailOf(work);
  const std::chrono::seconds timeout(planning.spec().executor.timeout_seconds);
  if (entry.announced && !planning.paused() && work.Reached(*entry.announced + timeout)) {
    return AttemptVerdict::NodeFailed(
        {api::FailureReason::kNotUpgradedInTime,
         "no external tool upgraded it to " + entry.version + " in time" + detail,
         true});
  }
  const std::string what = planning.Reruns(entry)
                               ? "reboot or replace this node (run " + entry.run_id + ")"
                               : "upgrade this node to " + entry.version;
  entry.message = "waiting for an external tool to " + what + " (executor External)" + detail;
  if (!announced && !planning.paused()) {
    Announce(work);
  }
  return AttemptVerdict::AtWork();
}

std::vector<Action> ExternalExecutor::Rehearse(const Planning&, const api::NodeInWork&) {
  return {};
}

}  // namespace cu::planner
