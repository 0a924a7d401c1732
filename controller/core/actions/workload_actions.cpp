#include "core/actions/workload_actions.hpp"

#include "api/workload_objects.hpp"
#include "codec/encode/restart_body.hpp"
#include "kube/paths.hpp"

namespace cu::core {
namespace {

namespace paths = kube::paths;
using port::Request;

/// "" for a kind that rolls nothing out.
std::string PathOf(const api::Workload& workload) {
  if (workload.kind == api::kDeploymentKind) {
    return paths::One<api::Deployment>(workload.ns, workload.name);
  }
  if (workload.kind == api::kStatefulSetKind) {
    return paths::One<api::StatefulSet>(workload.ns, workload.name);
  }
  return workload.kind == api::kDaemonSetKind
             ? paths::One<api::DaemonSet>(workload.ns, workload.name)
             : "";
}

}  // namespace

Handling HandlingOf(const planner::RestartWorkload&) {
  return {};
}

base::Result<Request> RequestFor(const planner::RestartWorkload& action, const Place&) {
  const std::string path = PathOf(action.workload);
  if (path.empty()) {
    return base::Error{base::ErrorKind::kInvalid,
                       "a " + action.workload.kind + " rolls nothing out"};
  }
  return Request::MergePatch(path,
                             codec::RestartPatch(action.uid, action.resource_version, action.at));
}

}  // namespace cu::core
