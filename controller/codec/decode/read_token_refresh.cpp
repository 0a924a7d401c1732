#include "codec/decode/read_token_refresh.hpp"

#include <algorithm>

#include "api/names.hpp"
#include "api/token_reasons.hpp"

namespace cu::codec {
namespace {

constexpr int kMinute = 60;
constexpr int kHour = 60 * kMinute;
constexpr int kDay = 24 * kHour;
constexpr int kConcurrentMost = 20;
constexpr int kFailedMost = 50;

int Count(const Reader& reader) {
  constexpr int kMost = 1'000'000'000;
  return reader.Int(0, 0, kMost);
}

/// What another release wrote is left out.
template <class Table>
auto Known(const Reader& reader, const Table& table, decltype(table[0].second) fallback) {
  Problems ignored;
  return reader.Rebased(reader.path(), ignored).Choose(table, fallback);
}

api::TokenKeys ReadKeys(const Reader& keys) {
  return {keys["signer"].Text(),
          keys["issuer"].Text(),
          keys["verifying"].Texts(),
          keys["authorities"].Texts(),
          keys["since"].Time()};
}

std::vector<api::TokenChangeReason> ReadReasons(const Reader& reasons) {
  std::vector<api::TokenChangeReason> read;
  for (const auto& [name, reason] : api::kTokenChangeReasons) {
    const std::vector<std::string> texts = reasons.Texts();
    if (std::find(texts.begin(), texts.end(), name) != texts.end()) {
      read.push_back(reason);
    }
  }
  return read;
}

std::optional<api::TokenChange> ReadChange(const Reader& reader) {
  if (!reader.present()) {
    return std::nullopt;
  }
  api::TokenChange change;
  change.reasons = ReadReasons(reader["reasons"]);
  change.urgency = Known(reader["urgency"], api::kTokenUrgencies, change.urgency);
  change.old_signers = reader["oldSigners"].Texts();
  change.seen = reader["seenTime"].Time().value_or(base::WallTime{});
  change.settled_by = Known(reader["settledBy"], api::kSettledBy, change.settled_by);
  change.since = reader["since"].Time();
  change.authority_since = reader["authoritySince"].Time();
  change.completed = reader["completionTime"].Time();
  return change;
}

api::RefreshMethods ReadMethods(const Reader& reader) {
  api::RefreshMethods methods;
  const auto read = [&](const char* name, api::RefreshMethod& method) {
    method = reader[name].Choose(api::kRefreshMethods, method);
  };
  read("deployments", methods.deployments);
  read("statefulSets", methods.stateful_sets);
  read("daemonSets", methods.daemon_sets);
  read("replicaSets", methods.replica_sets);
  read("replicationControllers", methods.replication_controllers);
  read("jobs", methods.jobs);
  read("pods", methods.pods);
  read("others", methods.others);
  return methods;
}

api::Workload ReadWorkload(const Reader& item) {
  return {item["namespace"].Text(), item["kind"].Text(), item["name"].Text()};
}

std::vector<api::WorkloadInWork> ReadInProgress(const Reader& items) {
  std::vector<api::WorkloadInWork> read;
  for (const Reader& item : items.Items()) {
    api::WorkloadInWork entry;
    entry.workload = ReadWorkload(item);
    entry.method = Known(item["method"], api::kRefreshMethods, entry.method);
    entry.pods = Count(item["pods"]);
    entry.old = Count(item["old"]);
    entry.left = Count(item["left"]);
    entry.start = item["startTime"].Time().value_or(base::WallTime{});
    entry.progress = item["progressTime"].Time().value_or(entry.start);
    entry.message = item["message"].Text();
    read.push_back(std::move(entry));
  }
  return read;
}

std::vector<api::FailedWorkload> ReadFailures(const Reader& items) {
  std::vector<api::FailedWorkload> read;
  for (const Reader& item : items.Items()) {
    const auto reason = api::FindReason(api::kRefreshFailures, item["reason"].Text());
    read.push_back({ReadWorkload(item),
                    reason.value_or(api::RefreshFailure::kNotReplaced),
                    item["message"].Text(),
                    item["time"].Time().value_or(base::WallTime{})});
  }
  return read;
}

}  // namespace

api::TokenRefreshSpec ReadTokenRefreshSpec(const Reader& reader) {
  api::TokenRefreshSpec spec;
  spec.mode = reader["mode"].Choose(api::kTokenRefreshModes, spec.mode);
  spec.started_before = reader["startedBefore"].Time();
  spec.namespaces = reader["namespaces"].Texts();
  spec.exclude_namespaces = reader["excludeNamespaces"].Texts();
  spec.methods = ReadMethods(reader["methods"]);
  spec.max_concurrent = reader["maxConcurrent"].Int(spec.max_concurrent, 1, kConcurrentMost);
  spec.min_ready_seconds = reader["minReadySeconds"].Int(spec.min_ready_seconds, 0, kHour);
  spec.timeout_seconds = reader["timeoutSeconds"].Int(spec.timeout_seconds, kMinute, kDay);
  spec.max_failed = reader["maxFailed"].Int(spec.max_failed, 0, kFailedMost);
  return spec;
}

std::optional<api::TokenRefreshStatus> ReadTokenRefreshStatus(const Reader& reader) {
  if (!reader.present()) {
    return std::nullopt;
  }
  api::TokenRefreshStatus status;
  status.phase = Known(reader["phase"], api::kTokenPhases, status.phase);
  status.keys = ReadKeys(reader["keys"]);
  status.change = ReadChange(reader["change"]);
  const Reader pods = reader["pods"];
  status.pods = {Count(pods["stale"]), Count(pods["current"]), Count(pods["skipped"])};
  status.look_time = reader["lookTime"].Time();
  status.laggards = reader["laggards"].Texts();
  status.round = Count(reader["round"]);
  status.replaced = Count(reader["workloadsReplaced"]);
  status.in_progress = ReadInProgress(reader["inProgress"]);
  status.failures = ReadFailures(reader["failures"]);
  status.laggards_total = Count(reader["laggardsTotal"]);
  status.droppable = reader["droppable"].Texts();
  return status;
}

}  // namespace cu::codec
