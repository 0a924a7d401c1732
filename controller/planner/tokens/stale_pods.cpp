#include "planner/tokens/stale_pods.hpp"

#include <optional>
#include <utility>

#include "base/program.hpp"
#include "base/text.hpp"

namespace cu::planner {
namespace {

constexpr const char* kPodKind = "Pod";

}  // namespace

StalePods::StalePods(const World& world, api::TokenChange change)
    : spec_(world.upgrade->spec.token_refresh),
      change_(std::move(change)),
      own_namespace_(world.self.pod.substr(0, world.self.pod.find('/'))) {}

bool StalePods::Counts(const api::Pod& pod) const {
  const auto app = pod.meta.labels.find("app.kubernetes.io/name");
  const bool own = !own_namespace_.empty() && pod.meta.ns == own_namespace_ &&
                   app != pod.meta.labels.end() && app->second == base::kProgram;
  return (pod.holds_token || pod.holds_authority) && pod.accepted && !pod.finished() &&
         !pod.meta.deleted && !pod.mirror() && !own;
}

bool StalePods::InScope(const std::string& ns) const {
  return (spec_.namespaces.empty() || base::Contains(spec_.namespaces, ns)) &&
         !base::Contains(spec_.exclude_namespaces, ns);
}

bool StalePods::IsStale(const api::Pod& pod) const {
  const auto before = [&](const std::optional<base::WallTime>& change) {
    return change && (!pod.meta.created || *pod.meta.created <= *change);
  };
  return (pod.holds_token && before(change_.since)) ||
         (pod.holds_authority && before(change_.authority_since));
}

api::Workload RefreshedAs(const api::Pod& pod) {
  return pod.meta.controller ? api::WorkloadOf(pod.meta, *pod.meta.controller)
                             : api::Workload{pod.meta.ns, kPodKind, pod.meta.name};
}

bool IsPodAlone(const api::Workload& workload) {
  return workload.kind == kPodKind;
}

std::string LineOf(const api::Workload& workload) {
  return workload.Key() + " (" + (IsPodAlone(workload) ? "no controller" : workload.kind) + ")";
}

}  // namespace cu::planner
