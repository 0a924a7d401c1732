#include "planner/history.hpp"

#include <algorithm>

namespace cu::planner {
namespace {

constexpr std::size_t kHistoryMax = 5;
constexpr const char* kCompleted = "Completed";

bool HasOpenEntry(const api::ClusterUpgradeStatus& status) {
  return !status.history.empty() && !status.history.front().completion_time;
}

void Supersede(Draft& draft) {
  if (HasOpenEntry(draft.status())) {
    draft.status().history.front().completion_time = draft.now();
    draft.status().history.front().result = "Superseded";
  }
}

/// The newest entry, for spec.version and open.
api::HistoryEntry& Open(Draft& draft) {
  api::ClusterUpgradeStatus& status = draft.status();
  if (draft.HasBegun()) {
    return status.history.front();
  }
  // A run that began with an adopted node has a start already.
  const bool adopted = !HasOpenEntry(status) && status.start_time && !status.completion_time;
  Supersede(draft);
  status.start_time = adopted ? *status.start_time : draft.now();
  status.completion_time.reset();
  status.history.insert(status.history.begin(),
                        {draft.spec().version, *status.start_time, std::nullopt, ""});
  status.history.resize(std::min(status.history.size(), kHistoryMax));
  return status.history.front();
}

}  // namespace

void BeginRun(Draft& draft) {
  Open(draft);
}

void NoteAdoption(Draft& draft) {
  api::ClusterUpgradeStatus& status = draft.status();
  if (!HasOpenEntry(status) || draft.HasBegun()) {
    return;
  }
  const bool adopted = std::any_of(
      status.in_progress.begin(), status.in_progress.end(), [&](const api::NodeInWork& entry) {
        return entry.version == draft.spec().version && entry.step != api::NodeStep::kUncordoning;
      });
  if (adopted) {
    Supersede(draft);
    status.start_time = draft.now();
  }
}

void CompleteRun(Draft& draft) {
  const auto& history = draft.status().history;
  const bool known = !history.empty() && history.front().version == draft.spec().version &&
                     history.front().result == kCompleted;
  if (known) {
    return;
  }
  api::HistoryEntry& entry = Open(draft);
  entry.completion_time = draft.now();
  entry.result = kCompleted;
  draft.status().completion_time = draft.now();
}

bool IsRepeated(const api::ClusterUpgradeStatus& status) {
  const auto& history = status.history;
  return history.size() > 1 && history[0].version == history[1].version &&
         history[1].result == kCompleted;
}

}  // namespace cu::planner
