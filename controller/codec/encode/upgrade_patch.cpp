#include "codec/encode/upgrade_patch.hpp"

#include "api/names.hpp"
#include "base/time.hpp"
#include "codec/encode/put.hpp"
#include "codec/encode/token_refresh_body.hpp"
#include "codec/json.hpp"

namespace cu::codec {
namespace {

/// All fields, as metav1.Condition requires them.
Json WriteCondition(const api::Condition& condition) {
  return {{"type", api::NameOf(condition.type)},
          {"status", api::NameOf(condition.status)},
          {"reason", condition.reason},
          {"message", condition.message},
          {"observedGeneration", condition.observed_generation},
          {"lastTransitionTime", base::FormatTime(condition.last_transition_time)}};
}

Json WriteBlockedBy(const api::BlockedBy& blocked) {
  Json object = {{"since", base::FormatTime(blocked.since)}};
  PutText(object, "kind", api::NameOf(blocked.kind));
  PutText(object, "namespace", blocked.ns);
  PutText(object, "name", blocked.name);
  PutText(object, "reason", api::NameOf(blocked.reason));
  return object;
}

Json WriteReturned(const api::ReturnedPod& returned) {
  return {{"controller", returned.controller}, {"pod", returned.pod}};
}

Json WriteNodeInWork(const api::NodeInWork& node) {
  Json object = {{"name", node.name},
                 {"step", api::NameOf(node.step)},
                 {"stage", api::NameOf(node.stage)},
                 {"attempt", node.attempt},
                 {"attemptLimit", node.attempt_limit},
                 {"startTime", base::FormatTime(node.start_time)},
                 {"stepTime", base::FormatTime(node.step_time)}};
  PutText(object, "uid", node.uid);
  PutText(object, "pool", node.pool);
  PutText(object, "version", node.version);
  PutText(object, "fromVersion", node.from_version);
  PutText(object, "executor", node.executor ? api::NameOf(*node.executor) : "");
  PutTime(object, "cordonTime", node.cordon_time);
  PutTime(object, "retryTime", node.retry_time);
  PutTime(object, "announcedTime", node.announced);
  PutText(object, "bootID", node.boot_id);
  if (!node.job_name.empty() || !node.job_uid.empty()) {
    Json& job = object["job"] = Json::object();
    PutText(job, "name", node.job_name);
    PutText(job, "uid", node.job_uid);
  }
  PutFlag(object, "nodeChanged", node.node_changed);
  PutFlag(object, "verified", node.verified);
  PutText(object, "releasedFor", node.released_for);
  if (node.evicted != 0 || node.total != 0 || node.drain_start || node.drained || node.newest_pod ||
      !node.returned.empty()) {
    Json& drain = object["drain"] = {{"evicted", node.evicted}, {"total", node.total}};
    PutCount(drain, "claims", node.claims);
    PutTime(drain, "startTime", node.drain_start);
    PutTime(drain, "drainedTime", node.drained);
    PutTime(drain, "newestPodTime", node.newest_pod);
    PutList(drain, "returned", node.returned, WriteReturned);
  }
  PutList(object, "daemonSets", node.daemon_sets, WriteText);
  PutList(object, "staticPods", node.static_pods, WriteText);
  PutTime(object, "newestNodeTime", node.newest_node);
  PutText(object, "runID", node.run_id);
  PutText(object, "message", node.message);
  PutList(object, "blockedBy", node.blocked_by, WriteBlockedBy);
  PutCount(object, "blockedByMore", node.blocked_by_more);
  return object;
}

Json WritePostponed(const api::PostponedNode& node) {
  Json object = {{"name", node.name}, {"time", base::FormatTime(node.time)}};
  PutText(object, "uid", node.uid);
  PutText(object, "reason", api::NameOf(node.reason));
  return object;
}

Json WriteFailure(const api::NodeFailure& failure) {
  Json object = {{"name", failure.name},
                 {"step", api::NameOf(failure.step)},
                 {"stage", api::NameOf(failure.stage)},
                 {"attempts", failure.attempts},
                 {"time", base::FormatTime(failure.time)}};
  PutText(object, "uid", failure.uid);
  PutText(object, "version", failure.version);
  PutText(object, "reason", api::NameOf(failure.reason));
  PutText(object, "message", failure.message);
  PutFlag(object, "nodeChanged", failure.node_changed);
  PutFlag(object, "retried", failure.retried);
  PutText(object, "bootID", failure.boot_id);
  PutList(object, "daemonSets", failure.daemon_sets, WriteText);
  PutList(object, "staticPods", failure.static_pods, WriteText);
  return object;
}

Json WriteDeletedNode(const api::DeletedNode& node) {
  Json object = {{"name", node.name}, {"time", base::FormatTime(node.time)}};
  PutText(object, "uid", node.uid);
  PutText(object, "pool", node.pool);
  PutText(object, "version", node.version);
  PutTime(object, "newestNodeTime", node.newest_node);
  PutFlag(object, "overdue", node.overdue);
  if (!node.replacement_uid.empty()) {
    object["replacement"] = {{"name", node.replacement}, {"uid", node.replacement_uid}};
  }
  return object;
}

Json WriteRecovering(const api::RecoveringWorkload& recovering) {
  Json object = {{"namespace", recovering.workload.ns},
                 {"kind", recovering.workload.kind},
                 {"name", recovering.workload.name},
                 {"ready", recovering.ready}};
  PutList(object, "nodes", recovering.nodes, WriteText);
  PutTime(object, "since", recovering.since);
  PutFlag(object, "timedOut", recovering.timed_out);
  PutFlag(object, "fewer", recovering.fewer);
  return object;
}

Json WriteHop(const api::Hop& hop) {
  return {{"version", hop.version}, {"controlPlane", hop.control_plane}, {"workers", hop.workers}};
}

Json WriteHistory(const api::HistoryEntry& entry) {
  Json object = {{"version", entry.version}, {"startTime", base::FormatTime(entry.start_time)}};
  PutTime(object, "completionTime", entry.completion_time);
  PutText(object, "result", api::NameOf(entry.result));
  PutText(object, "runID", entry.run_id);
  PutCount(object, "skipped", entry.skipped);
  PutCount(object, "apiOutageSeconds", entry.api_outage_seconds);
  return object;
}

Json WriteFinding(const api::Warning& warning) {
  Json object = {{"type", api::NameOf(warning.type)}, {"message", warning.message}};
  PutText(object, "object", warning.object);
  return object;
}

Json WriteSavedDigest(const api::SavedDigest& saved) {
  return {{"podUID", saved.uid}, {"digest", saved.digest}};
}

Json WriteWarning(const api::Warning& warning) {
  return api::LineOf(warning);
}

Json WriteCounts(const api::NodeCounts& nodes) {
  return {{"total", nodes.total},
          {"upgraded", nodes.upgraded},
          {"upgrading", nodes.upgrading},
          {"failed", nodes.failed},
          {"pending", nodes.pending},
          {"postponed", nodes.postponed},
          {"skipped", nodes.skipped}};
}

Json WriteStatus(const api::ClusterUpgradeStatus& status) {
  Json object = {{"observedGeneration", status.observed_generation},
                 {"nodes", WriteCounts(status.nodes)}};
  PutList(object, "conditions", status.conditions, WriteCondition);
  PutText(object, "progress", status.progress);
  PutList(object, "hops", status.hops, WriteHop);
  PutText(object, "currentHop", status.current_hop);
  PutList(object, "inProgress", status.in_progress, WriteNodeInWork);
  PutList(object, "postponed", status.postponed, WritePostponed);
  PutList(object, "failures", status.failures, WriteFailure);
  PutList(object, "recoveringWorkloads", status.recovering, WriteRecovering);
  PutList(object, "deletedNodes", status.deleted_nodes, WriteDeletedNode);
  PutCount(object, "savedPods", status.saved_pods);
  PutList(object, "savedPodDigests", status.saved_digests, WriteSavedDigest);
  PutFlag(object, "outdatedNodesTainted", status.outdated_tainted);
  PutList(object, "findings", status.warnings, WriteFinding);
  PutList(object, "warnings", status.warnings, WriteWarning);
  PutCount(object, "warningsTotal", status.warnings_total);
  PutTime(object, "startTime", status.start_time);
  PutTime(object, "completionTime", status.completion_time);
  PutList(object, "history", status.history, WriteHistory);
  PutCount(object, "controlPlaneGapSeconds", status.control_plane_gap_seconds);
  PutTime(object, "pausedTime", status.paused_time);
  PutCount(object, "epoch", status.epoch);
  PutText(object, "lastHandledRetry", status.last_handled_retry);
  if (status.run) {
    Json& run = object["currentRun"] = {{"id", status.run->id}};
    PutTime(run, "newestNodeTime", status.run->newest_node);
  }
  PutText(object, "runID", status.run_id);
  PutText(object, "specHash", status.spec_hash);
  if (status.token_refresh) {
    object["tokenRefresh"] = WriteTokenRefresh(*status.token_refresh);
  }
  return object;
}

/// A compare-and-swap: the server refuses it unless the object is still at `resource_version`.
std::string GuardedPatch(const std::string& resource_version, const char* path, Json value) {
  Json version = {
      {"op", "replace"}, {"path", "/metadata/resourceVersion"}, {"value", resource_version}};
  Json change = {{"op", "add"}, {"path", path}, {"value", std::move(value)}};
  return Dump(Json::array({std::move(version), std::move(change)}));
}

}  // namespace

std::string StatusPatch(const std::string& resource_version,
                        const api::ClusterUpgradeStatus& status) {
  return GuardedPatch(resource_version, "/status", WriteStatus(status));
}

std::string FinalizersPatch(const std::string& resource_version,
                            const std::vector<std::string>& finalizers) {
  return GuardedPatch(resource_version, "/metadata/finalizers", Json(finalizers));
}

}  // namespace cu::codec
