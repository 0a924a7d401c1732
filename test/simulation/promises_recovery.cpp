#include "promises_recovery.hpp"

#include <algorithm>
#include <utility>

#include "model/pods.hpp"

namespace cu::simulation {

using std::chrono::seconds;

RecoveryPromises::RecoveryPromises(Cluster& cluster,
                                   std::string upgrade,
                                   Duration view_lag,
                                   ViolationReporter report)
    : cluster_(cluster),
      upgrade_(std::move(upgrade)),
      view_lag_(view_lag),
      report_(std::move(report)) {
  cluster.database.Subscribe([this](const Change& change) { OnChange(change); });
}

void RecoveryPromises::OnChange(const Change& change) {
  if (change.kind != Kind::kPod) {
    return;
  }
  const Json& pod = change.object->value();
  const std::string kind = OwnerField(pod, "kind");
  if (kind.empty() || kind == "DaemonSet" || kind == "Node" || kind == "Job") {
    return;
  }
  Application& application = applications_[WorkloadUidOf(pod)];
  const std::string uid = UidOf(pod);
  const bool was = application.ready.contains(uid);
  const bool is = change.after != nullptr && IsReadyPod(pod) && !IsDeleting(pod) &&
                  !IsFinishedPod(pod) && !NodeNameOf(pod).empty();
  if (is && !was) {
    application.ready[uid] = NodeNameOf(pod);
    OnGain(application);
  } else if (was && !is) {
    application.ready.erase(uid);
    const bool deleted = change.after == nullptr || IsDeleting(pod);
    const bool by_controller = change.actor.find('/') != std::string::npos;
    deleted&& by_controller ? OnEvicted(pod, application) : OnOtherLoss(application);
  }
}

bool RecoveryPromises::IsSpread(const Application& application) {
  const auto& ready = application.ready;
  return std::any_of(ready.begin(), ready.end(), [&](const auto& one) {
    return one.second != ready.begin()->second;
  });
}

void RecoveryPromises::OnGain(Application& application) {
  application.gained = cluster_.timeline.now();
  if (application.missing_since && application.ready.size() >= application.whole) {
    application.missing_since.reset();
  }
  if (!application.missing_since) {
    application.spread = IsSpread(application);
  }
}

/// What others took is not missed because of us.
void RecoveryPromises::OnOtherLoss(Application& application) {
  application.missing_since.reset();
  application.spread = IsSpread(application);
}

void RecoveryPromises::OnEvicted(const Json& pod, Application& application) {
  const base::SteadyTime now = cluster_.timeline.now();
  if (!application.missing_since) {
    application.missing_since = now;
    application.whole = application.ready.size() + 1;
  }
  const ObjectPtr upgrade = cluster_.database.Find(Kind::kUpgrade, upgrade_);
  // A watch that has died silently shows none of the new ones.
  const bool seen = now - application.gained > view_lag_;
  if (!application.ready.empty() || !application.spread || upgrade == nullptr || !seen) {
    return;
  }
  const seconds bound{NumberAt(upgrade->value(), {"spec", "drain", "recoveryTimeoutSeconds"})};
  if (now - *application.missing_since < bound) {
    report_("P18",
            "the eviction of " + KeyOf(pod) + " leaves none Ready of " +
                std::to_string(application.whole) + " pods of " + OwnerField(pod, "name") +
                " that were spread over nodes");
  }
}

}  // namespace cu::simulation
