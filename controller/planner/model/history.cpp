#include "planner/model/history.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace cu::planner {
namespace {

constexpr std::size_t kHistoryMax = 5;

bool HasOpenEntry(const api::ClusterUpgradeStatus& status) {
  return !status.history.empty() && !status.history.front().completion_time;
}

std::string RunIdOf(const api::ClusterUpgradeStatus& status) {
  return status.run ? status.run->id : "";
}

bool IsOpenFor(const api::ClusterUpgradeStatus& status, const std::string& version) {
  return HasOpenEntry(status) && status.history.front().version == version &&
         status.history.front().run_id == RunIdOf(status);
}

void Supersede(api::ClusterUpgradeStatus& status, base::WallTime now) {
  if (HasOpenEntry(status)) {
    status.history.front().completion_time = now;
    status.history.front().result = api::RunResult::kSuperseded;
  }
}

/// The newest entry, for `version` and open.
api::HistoryEntry& Open(api::ClusterUpgradeStatus& status,
                        const std::string& version,
                        base::WallTime now) {
  if (IsOpenFor(status, version)) {
    return status.history.front();
  }
  // A run that began with an adopted node has a start already.
  const bool adopted = !HasOpenEntry(status) && status.start_time && !status.completion_time;
  Supersede(status, now);
  status.start_time = adopted ? *status.start_time : now;
  status.completion_time.reset();
  api::HistoryEntry entry;
  entry.version = version;
  entry.start_time = *status.start_time;
  entry.run_id = RunIdOf(status);
  if (status.history.size() == kHistoryMax) {
    status.history.pop_back();
  }
  status.history.push_back(std::move(entry));
  std::rotate(status.history.begin(), std::prev(status.history.end()), status.history.end());
  return status.history.front();
}

}  // namespace

void BeginRun(api::ClusterUpgradeStatus& status, const std::string& version, base::WallTime now) {
  Open(status, version, now);
}

void NoteAdoption(api::ClusterUpgradeStatus& status,
                  const std::string& version,
                  base::WallTime now) {
  if (!HasOpenEntry(status) || IsOpenFor(status, version)) {
    return;
  }
  const bool adopted = std::any_of(
      status.in_progress.begin(), status.in_progress.end(), [&](const api::NodeInWork& entry) {
        return entry.version == version && entry.step != api::NodeStep::kUncordoning;
      });
  if (adopted) {
    Supersede(status, now);
    status.start_time = now;
  }
}

void CompleteRun(api::ClusterUpgradeStatus& status,
                 const std::string& version,
                 base::WallTime now) {
  const bool recorded = !status.history.empty() && status.history.front().version == version &&
                        status.history.front().result == api::RunResult::kCompleted && !status.run;
  if (recorded) {
    return;
  }
  api::HistoryEntry& entry = Open(status, version, now);
  entry.completion_time = now;
  entry.result = api::RunResult::kCompleted;
  entry.skipped = status.nodes.skipped;
  status.completion_time = now;
  if (status.run) {
    status.run_id = status.run->id;
    status.run.reset();
  }
}

void NoteOutages(const ApiOutages& outages, api::ClusterUpgradeStatus& status) {
  status.control_plane_gap_seconds =
      std::max(status.control_plane_gap_seconds, outages.longest_seconds);
  if (HasOpenEntry(status) && status.history.front().start_time == outages.run_start) {
    int& sum = status.history.front().api_outage_seconds;
    sum = std::max(sum, outages.run_seconds);
  }
}

bool IsRepeated(const api::ClusterUpgradeStatus& status) {
  const auto& history = status.history;
  return history.size() > 1 && history[0].version == history[1].version &&
         history[0].run_id == history[1].run_id && history[1].result == api::RunResult::kCompleted;
}

}  // namespace cu::planner
