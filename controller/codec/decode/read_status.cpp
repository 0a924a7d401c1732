#include "codec/decode/read_status.hpp"

#include "api/names.hpp"
#include "codec/decode/read_token_refresh.hpp"

namespace cu::codec {
namespace {

/// What is counted on from them stays an int.
constexpr int kLeast = -1'000'000'000;
constexpr int kMost = 1'000'000'000;

int Count(const Reader& reader) {
  return reader.Int(0, kLeast, kMost);
}

base::WallTime TimeOf(const Reader& reader) {
  return reader.Time().value_or(base::WallTime{});
}

/// The entries that `read` could read without a problem.
template <class T>
std::vector<T> ReadEntries(const Reader& list, T (*read)(const Reader&)) {
  std::vector<T> entries;
  for (const Reader& item : list.Items()) {
    Problems problems;
    T entry = read(item.Rebased(item.path(), problems));
    if (problems.empty()) {
      entries.push_back(std::move(entry));
    }
  }
  return entries;
}

/// A reason that only another release knows stays one.
template <class Table>
auto ReadReason(const Reader& reader, const Table& table) {
  return api::FindReason(table, reader.Text()).value_or(table.back().reason);
}

/// Conditions of another release are problems, and so left out.
api::Condition ReadCondition(const Reader& reader) {
  return {reader["type"].Choose(api::kConditionTypes, api::ConditionType::kReady),
          reader["status"].Choose(api::kConditionStatuses, api::ConditionStatus::kUnknown),
          reader["reason"].Text(),
          reader["message"].Text(),
          reader["observedGeneration"].Integer(),
          TimeOf(reader["lastTransitionTime"])};
}

api::BlockedBy ReadBlockedBy(const Reader& reader) {
  return {reader["kind"].Choose(api::kBlockerKinds, api::BlockerKind::kPod),
          reader["namespace"].Text(),
          reader["name"].Text(),
          ReadReason(reader["reason"], api::kBlockReasons),
          TimeOf(reader["since"])};
}

api::ReturnedPod ReadReturned(const Reader& reader) {
  return {reader["controller"].Text(), reader["pod"].Text()};
}

api::NodeInWork ReadNodeInWork(const Reader& reader) {
  api::NodeInWork node;
  node.name = reader["name"].Text();
  node.uid = reader["uid"].Text();
  node.pool = reader["pool"].Text();
  node.version = reader["version"].Text();
  node.from_version = reader["fromVersion"].Text();
  node.step = reader["step"].Choose(api::kNodeSteps, node.step);
  node.stage = reader["stage"].Choose(api::kStages, node.stage);
  if (const Reader executor = reader["executor"]; executor.present()) {
    node.executor = executor.Choose(api::kExecutorTypes, api::ExecutorType::kExternal);
  }
  node.attempt = Count(reader["attempt"]);
  node.attempt_limit = Count(reader["attemptLimit"]);
  node.start_time = TimeOf(reader["startTime"]);
  node.step_time = TimeOf(reader["stepTime"]);
  node.cordon_time = reader["cordonTime"].Time();
  node.retry_time = reader["retryTime"].Time();
  node.announced = reader["announcedTime"].Time();
  node.boot_id = reader["bootID"].Text();
  node.job_name = reader["job"]["name"].Text();
  node.job_uid = reader["job"]["uid"].Text();
  if (!node.executor && node.attempt > 0) {  // written before there was such a field
    node.executor = node.job_name.empty() ? api::ExecutorType::kExternal : api::ExecutorType::kJob;
  }
  node.node_changed = reader["nodeChanged"].Flag();
  node.verified = reader["verified"].Flag();
  node.released_for = reader["releasedFor"].Text();
  node.evicted = Count(reader["drain"]["evicted"]);
  node.total = Count(reader["drain"]["total"]);
  node.claims = Count(reader["drain"]["claims"]);
  node.drain_start = reader["drain"]["startTime"].Time();
  node.drained = reader["drain"]["drainedTime"].Time();
  node.newest_pod = reader["drain"]["newestPodTime"].Time();
  node.returned = ReadEntries(reader["drain"]["returned"], ReadReturned);
  node.daemon_sets = reader["daemonSets"].Texts();
  node.static_pods = reader["staticPods"].Texts();
  node.newest_node = reader["newestNodeTime"].Time();
  node.run_id = reader["runID"].Text();
  node.message = reader["message"].Text();
  node.blocked_by = ReadEntries(reader["blockedBy"], ReadBlockedBy);
  node.blocked_by_more = Count(reader["blockedByMore"]);
  return node;
}

api::PostponedNode ReadPostponed(const Reader& reader) {
  return {reader["name"].Text(),
          reader["uid"].Text(),
          ReadReason(reader["reason"], api::kPostponeReasons),
          TimeOf(reader["time"])};
}

api::NodeFailure ReadFailure(const Reader& reader) {
  api::NodeFailure failure;
  failure.name = reader["name"].Text();
  failure.uid = reader["uid"].Text();
  failure.step = reader["step"].Choose(api::kNodeSteps, failure.step);
  failure.stage = reader["stage"].Choose(api::kStages, failure.stage);
  failure.version = reader["version"].Text();
  failure.attempts = Count(reader["attempts"]);
  failure.reason = ReadReason(reader["reason"], api::kFailureReasons);
  failure.message = reader["message"].Text();
  failure.time = TimeOf(reader["time"]);
  failure.node_changed = reader["nodeChanged"].Flag();
  failure.retried = reader["retried"].Flag();
  failure.boot_id = reader["bootID"].Text();
  failure.daemon_sets = reader["daemonSets"].Texts();
  failure.static_pods = reader["staticPods"].Texts();
  return failure;
}

api::RecoveringWorkload ReadRecovering(const Reader& reader) {
  api::RecoveringWorkload recovering;
  recovering.workload = {
      reader["namespace"].Text(), reader["kind"].Text(), reader["name"].RequiredText()};
  recovering.ready = Count(reader["ready"]);
  recovering.nodes = reader["nodes"].Texts();
  recovering.since = reader["since"].Time();
  recovering.timed_out = reader["timedOut"].Flag();
  recovering.fewer = reader["fewer"].Flag();
  return recovering;
}

api::DeletedNode ReadDeletedNode(const Reader& reader) {
  return {reader["name"].Text(),
          reader["uid"].Text(),
          reader["pool"].Text(),
          reader["version"].Text(),
          TimeOf(reader["time"]),
          reader["newestNodeTime"].Time(),
          reader["overdue"].Flag(),
          reader["replacement"]["name"].Text(),
          reader["replacement"]["uid"].Text()};
}

std::optional<api::Run> ReadRun(const Reader& reader) {
  if (!reader.present()) {
    return std::nullopt;
  }
  return api::Run{reader["id"].Text(), reader["newestNodeTime"].Time()};
}

api::Hop ReadHop(const Reader& reader) {
  return {reader["version"].Text(), reader["controlPlane"].Flag(), reader["workers"].Flag()};
}

api::HistoryEntry ReadHistory(const Reader& reader) {
  return {reader["version"].Text(),
          TimeOf(reader["startTime"]),
          reader["completionTime"].Time(),
          reader["result"].Choose(api::kRunResults, api::RunResult::kOpen),
          reader["runID"].Text(),
          Count(reader["skipped"]),
          Count(reader["apiOutageSeconds"])};
}

api::Warning ReadFinding(const Reader& reader) {
  return {ReadReason(reader["type"], api::kFindingTypes),
          reader["object"].Text(),
          reader["message"].Text()};
}

api::SavedDigest ReadSavedDigest(const Reader& reader) {
  return {reader["podUID"].Text(), reader["digest"].Text()};
}

api::NodeCounts ReadCounts(const Reader& reader) {
  return {Count(reader["total"]),
          Count(reader["upgraded"]),
          Count(reader["upgrading"]),
          Count(reader["failed"]),
          Count(reader["pending"]),
          Count(reader["postponed"]),
          Count(reader["skipped"])};
}

}  // namespace

api::ClusterUpgradeStatus ReadStatus(const Reader& object_status) {
  Problems ignored;
  const Reader reader = object_status.Rebased("status", ignored);
  api::ClusterUpgradeStatus status;
  status.observed_generation = reader["observedGeneration"].Integer(-1);
  status.conditions = ReadEntries(reader["conditions"], ReadCondition);
  status.nodes = ReadCounts(reader["nodes"]);
  status.progress = reader["progress"].Text();
  status.hops = ReadEntries(reader["hops"], ReadHop);
  status.current_hop = reader["currentHop"].Text();
  status.in_progress = ReadEntries(reader["inProgress"], ReadNodeInWork);
  status.postponed = ReadEntries(reader["postponed"], ReadPostponed);
  status.failures = ReadEntries(reader["failures"], ReadFailure);
  status.recovering = ReadEntries(reader["recoveringWorkloads"], ReadRecovering);
  status.deleted_nodes = ReadEntries(reader["deletedNodes"], ReadDeletedNode);
  status.saved_pods = Count(reader["savedPods"]);
  status.saved_digests = ReadEntries(reader["savedPodDigests"], ReadSavedDigest);
  status.outdated_tainted = reader["outdatedNodesTainted"].Flag();
  status.warnings = ReadEntries(reader["findings"], ReadFinding);
  if (!reader["findings"].present()) {  // written before there was such a field
    for (const std::string& line : reader["warnings"].Texts()) {
      status.warnings.push_back({api::FindingType::kUnknown, "", line});
    }
  }
  status.warnings_total = Count(reader["warningsTotal"]);
  status.start_time = reader["startTime"].Time();
  status.completion_time = reader["completionTime"].Time();
  status.history = ReadEntries(reader["history"], ReadHistory);
  status.control_plane_gap_seconds = Count(reader["controlPlaneGapSeconds"]);
  status.paused_time = reader["pausedTime"].Time();
  status.epoch = reader["epoch"].Integer();
  status.last_handled_retry = reader["lastHandledRetry"].Text();
  status.run = ReadRun(reader["currentRun"]);
  status.run_id = reader["runID"].Text();
  status.spec_hash = reader["specHash"].Text();
  status.token_refresh = ReadTokenRefreshStatus(reader["tokenRefresh"]);
  return status;
}

}  // namespace cu::codec
