#include "planner/tokens/token_fold.hpp"

#include <algorithm>

#include "base/program.hpp"
#include "planner/pods/pod_owner.hpp"

namespace cu::planner {
namespace {

constexpr std::size_t kWorkloadsMax = 1'000;
constexpr std::size_t kLaggardsShown = 20;

bool Contains(const std::vector<std::string>& texts, const std::string& text) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

std::string WorkloadLine(const api::Pod& pod) {
  if (OwnerOf(pod) == nullptr) {
    return pod.meta.Key() + " (no controller)";
  }
  const api::Workload workload = WorkloadOf(pod);
  return workload.Key() + " (" + workload.kind + ")";
}

}  // namespace

TokenFold::TokenFold(const World& world)
    : spec_(world.upgrade->spec.token_refresh),
      own_namespace_(world.self.pod.substr(0, world.self.pod.find('/'))) {
  look_.made_for = TokenQuestion(*world.upgrade);
  look_.began = world.now.wall;
  if (!look_.made_for.empty()) {
    change_ = *world.upgrade->status.token_refresh->change;
  }
}

void TokenFold::Add(const std::vector<api::Pod>& pods) {
  if (look_.made_for.empty()) {
    return;
  }
  for (const api::Pod& pod : pods) {
    if (!Counts(pod)) {
      continue;
    }
    if (!InScope(pod.meta.ns)) {
      look_.pods.skipped += IsStale(pod) ? 1 : 0;
      continue;
    }
    if (!IsStale(pod)) {
      ++look_.pods.current;
      continue;
    }
    ++look_.pods.stale;
    const std::string line = WorkloadLine(pod);
    if (stale_.contains(line) || stale_.size() < kWorkloadsMax) {
      ++stale_[line];
    } else {
      ++more_;
    }
  }
}

TokenLook TokenFold::Finish() {
  look_.laggards_total = static_cast<int>(stale_.size() + (more_ > 0 ? 1 : 0));
  // What runs the cluster comes first.
  for (const bool system : {true, false}) {
    for (const auto& [workload, pods] : stale_) {
      if (workload.starts_with("kube-system/") == system &&
          look_.laggards.size() < kLaggardsShown) {
        look_.laggards.push_back(workload + ": " + std::to_string(pods) +
                                 (pods == 1 ? " pod" : " pods"));
      }
    }
  }
  return std::move(look_);
}

bool TokenFold::Counts(const api::Pod& pod) const {
  const auto app = pod.meta.labels.find("app.kubernetes.io/name");
  const bool own = !own_namespace_.empty() && pod.meta.ns == own_namespace_ &&
                   app != pod.meta.labels.end() && app->second == base::kProgram;
  return (pod.holds_token || pod.holds_authority) && pod.accepted && !pod.finished() &&
         !pod.meta.deleted && !pod.mirror() && !own;
}

bool TokenFold::InScope(const std::string& ns) const {
  return (spec_.namespaces.empty() || Contains(spec_.namespaces, ns)) &&
         !Contains(spec_.exclude_namespaces, ns);
}

bool TokenFold::IsStale(const api::Pod& pod) const {
  const auto before = [&](const std::optional<base::WallTime>& change) {
    return change && (!pod.meta.created || *pod.meta.created <= *change);
  };
  return (pod.holds_token && before(change_.since)) ||
         (pod.holds_authority && before(change_.authority_since));
}

}  // namespace cu::planner
