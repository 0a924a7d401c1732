#include <algorithm>

#include "model/pods.hpp"
#include "run.hpp"

namespace cu::simulation {

using std::chrono::minutes;

void Run::BeginRotation() {
  rotator_ =
      std::make_unique<Rotator>(cluster_, *scenario_.rotation, Rng(scenario_.seed ^ 0x207A70U));
  rotator_->Begin(std::max(1, scenario_.control_planes));
  cluster_.token_files.Begin({"a", "b"});
  cluster_.api_servers.set_on_restart([this] {
    token_promises_.NoteDisturbance();
    for (const auto& process : processes_) {
      process->BreakStreams();
    }
  });
  if (scenario_.undisturbed) {
    token_promises_.set_calm();
  }
}

bool Run::TokensPending() const {
  return rotator_ != nullptr && cluster_.database.Find(Kind::kUpgrade, kUpgradeName) != nullptr &&
         (!rotator_->done() || !token_promises_.Concluded());
}

/// For people: to restart workloads.
bool Run::TokensWait() const {
  const std::string fresh = Reason("TokensFresh");
  return fresh.starts_with("False Stale") || fresh.starts_with("False Blocked") ||
         fresh.starts_with("False Failed");
}

/// What the message of reason Stale asks for, for some of the workloads that the status names. Pods
/// without a controller are gone then.
void Run::RestartStalePods() {
  const base::SteadyTime now = cluster_.timeline.now();
  if (!TokensWait() || now < last_restart_ + minutes{2}) {
    return;
  }
  last_restart_ = now;
  const Json upgrade = cluster_.Upgrade(kUpgradeName);
  const Json& laggards = ValueAt(upgrade, {"status", "tokenRefresh", "laggards"});
  for (const std::string& key : cluster_.database.Keys(Kind::kPod)) {
    const Json pod = cluster_.database.Find(Kind::kPod, key)->value();
    const std::string owner = OwnerField(pod, "name");
    const std::string workload = owner.empty() ? key : NamespaceOf(pod) + "/" + owner;
    const bool named = std::any_of(laggards.begin(), laggards.end(), [&](const Json& line) {
      const auto text = line.get<std::string>();
      return workload.starts_with(text.substr(0, text.find(" (")));
    });
    if (!named || !rng_.Chance(0.7)) {
      continue;
    }
    if (OwnerField(pod, "kind").empty()) {
      RemoveStoppedPod(cluster_.database, key, "gc");
    } else {
      DeleteGracefully(cluster_.database, key, cluster_.timeline.wall(), "human");
    }
  }
}

}  // namespace cu::simulation
