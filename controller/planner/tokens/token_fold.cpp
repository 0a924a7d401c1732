#include "planner/tokens/token_fold.hpp"

#include <iterator>
#include <utility>

#include "base/natural_order.hpp"

namespace cu::planner {
namespace {

constexpr std::size_t kWorkloadsMax = 1'000;

/// What runs the cluster comes first, and of that what every node needs.
int RankOf(const api::Workload& workload) {
  if (workload.ns != kSystemNamespace) {
    return 2;
  }
  return workload.kind == api::kDaemonSetKind ? 0 : 1;
}

}  // namespace

bool TokenFold::Order::operator()(const api::Workload& a, const api::Workload& b) const {
  const int rank_a = RankOf(a);
  const int rank_b = RankOf(b);
  if (rank_a != rank_b) {
    return rank_a < rank_b;
  }
  if (a.ns != b.ns) {
    return base::NaturalLess{}(a.ns, b.ns);
  }
  return a.name == b.name ? a.kind < b.kind : base::NaturalLess{}(a.name, b.name);
}

TokenFold::TokenFold(const World& world) {
  look_.made_for = TokenQuestion(*world.upgrade);
  look_.began = world.now.wall;
  if (!look_.made_for.empty()) {
    judge_.emplace(world, *world.upgrade->status.token_refresh->change);
  }
}

void TokenFold::Add(const std::vector<api::Pod>& pods) {
  if (!judge_) {
    return;
  }
  for (const api::Pod& pod : pods) {
    if (!judge_->Counts(pod)) {
      continue;
    }
    const bool stale = judge_->IsStale(pod);
    if (!judge_->InScope(pod.meta.ns)) {
      look_.pods.skipped += stale ? 1 : 0;
      continue;
    }
    if (!stale) {
      ++look_.pods.current;
      continue;
    }
    ++look_.pods.stale;
    const api::Workload workload = RefreshedAs(pod);
    StaleWorkload& found = stale_[workload];
    found.workload = workload;
    ++found.pods;
    found.alone = found.alone || pod.system_critical || workload.ns == kSystemNamespace;
    if (stale_.size() > kWorkloadsMax) {
      stale_.erase(std::prev(stale_.end()));
      look_.more = true;
    }
  }
}

TokenLook TokenFold::Finish() {
  for (auto& [workload, found] : stale_) {
    look_.workloads.push_back(std::move(found));
  }
  return std::move(look_);
}

}  // namespace cu::planner
