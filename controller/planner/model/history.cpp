#include "planner/model/history.hpp"

#include <algorithm>

namespace cu::planner {
namespace {

constexpr std::size_t kHistoryMax = 5;

bool HasOpenEntry(const api::ClusterUpgradeStatus& status) {
  return !status.history.empty() && !status.history.front().completion_time;
}

void Supersede(Planning& planning) {
  if (HasOpenEntry(planning.status())) {
    planning.status().history.front().completion_time = planning.now();
    planning.status().history.front().result = api::RunResult::kSuperseded;
  }
}

/// The newest entry, for spec.version and open.
api::HistoryEntry& Open(Planning& planning) {
  api::ClusterUpgradeStatus& status = planning.status();
  if (planning.HasBegun()) {
    return status.history.front();
  }
  // A run that began with an adopted node has a start already.
  const bool adopted = !HasOpenEntry(status) && status.start_time && !status.completion_time;
  Supersede(planning);
  status.start_time = adopted ? *status.start_time : planning.now();
  status.completion_time.reset();
  status.history.insert(
      status.history.begin(),
      {planning.spec().version, *status.start_time, std::nullopt, api::RunResult::kOpen});
  status.history.resize(std::min(status.history.size(), kHistoryMax));
  return status.history.front();
}

}  // namespace

void BeginRun(Planning& planning) {
  Open(planning);
}

void NoteAdoption(Planning& planning) {
  api::ClusterUpgradeStatus& status = planning.status();
  if (!HasOpenEntry(status) || planning.HasBegun()) {
    return;
  }
  const bool adopted = std::any_of(
      status.in_progress.begin(), status.in_progress.end(), [&](const api::NodeInWork& entry) {
        return entry.version == planning.spec().version &&
               entry.step != api::NodeStep::kUncordoning;
      });
  if (adopted) {
    Supersede(planning);
    status.start_time = planning.now();
  }
}

void CompleteRun(Planning& planning) {
  const auto& history = planning.status().history;
  const bool known = !history.empty() && history.front().version == planning.spec().version &&
                     history.front().result == api::RunResult::kCompleted;
  if (known) {
    return;
  }
  api::HistoryEntry& entry = Open(planning);
  entry.completion_time = planning.now();
  entry.result = api::RunResult::kCompleted;
  planning.status().completion_time = planning.now();
}

bool IsRepeated(const api::ClusterUpgradeStatus& status) {
  const auto& history = status.history;
  return history.size() > 1 && history[0].version == history[1].version &&
         history[1].result == api::RunResult::kCompleted;
}

}  // namespace cu::planner
