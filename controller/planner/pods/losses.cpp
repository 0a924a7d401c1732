#include "planner/pods/losses.hpp"

namespace cu::planner {
namespace {

using api::FindingType;

Finding Unmanaged(const api::DrainSpec& drain, const api::Pod& pod) {
  const std::string key = pod.meta.Key();
  switch (drain.unmanaged_pods) {
    case api::UnmanagedPods::kEvict:
      break;
    case api::UnmanagedPods::kRefuse:
      return Finding::Blocks(
          FindingType::kUnmanagedPods,
          key,
          "the pod has no controller and would be lost when it is evicted from " + pod.node_name +
              "; delete it, or change spec.drain.unmanagedPods (Refuse)");
    case api::UnmanagedPods::kRecreate:
      return Finding::Warns(
          FindingType::kUnmanagedPods,
          key,
          "the pod has no controller: it is saved and recreated; it restarts, and loses its IP "
          "address and its emptyDir data");
  }
  return Finding::Warns(
      FindingType::kUnmanagedPods,
      key,
      "the pod has no controller and is lost when it is evicted from " + pod.node_name);
}

/// An owner that is not its controller may create it again, or only clean up after it.
Finding OnlyOwned(const api::DrainSpec& drain, const api::Pod& pod) {
  const std::string owner = pod.meta.owner->kind + " " + pod.meta.owner->name;
  if (drain.unmanaged_pods == api::UnmanagedPods::kRefuse) {
    return Finding::Blocks(FindingType::kUnmanagedPods,
                           pod.meta.Key(),
                           "the pod has no controller; whether its owner, " + owner +
                               ", would create it again when it is evicted from " + pod.node_name +
                               " is not known; delete it, or change spec.drain.unmanagedPods "
                               "(Refuse)");
  }
  return Finding::Warns(FindingType::kUnmanagedPods,
                        pod.meta.Key(),
                        "the pod has no controller: after its eviction from " + pod.node_name +
                            " it comes back if its owner, " + owner + ", creates it again");
}

Finding EmptyDir(const api::DrainSpec& drain, const api::Pod& pod) {
  switch (drain.empty_dir_pods) {
    case api::EmptyDirPods::kEvict:
      break;
    case api::EmptyDirPods::kRefuse:
      return Finding::Blocks(FindingType::kEmptyDirData,
                             pod.meta.Key(),
                             "the pod has emptyDir data, which would be erased when it is evicted "
                             "from " +
                                 pod.node_name +
                                 "; save the data and delete the pod, or change "
                                 "spec.drain.emptyDirPods (Refuse)");
  }
  return Finding::Warns(
      FindingType::kEmptyDirData,
      pod.meta.Key(),
      "the pod has emptyDir data, which is erased when it is evicted from " + pod.node_name);
}

}  // namespace

bool IsAwaited(const api::DrainSpec& drain, const api::Pod& pod) {
  return drain.wait_for_pods && !pod.finished() &&
         drain.wait_for_pods->selector.Matches(pod.meta.labels);
}

std::vector<Finding> LossesOf(const api::DrainSpec& drain, const api::Pod& pod) {
  std::vector<Finding> losses;
  if (!pod.meta.controller) {
    losses.push_back(pod.meta.owner ? OnlyOwned(drain, pod) : Unmanaged(drain, pod));
  }
  if (pod.has_empty_dir) {
    losses.push_back(EmptyDir(drain, pod));
  }
  return losses;
}

std::string WhyForbidden(const api::DrainSpec& drain,
                         const std::vector<std::string>& ignore,
                         const api::Pod& pod) {
  if (drain.unmanaged_pods != api::UnmanagedPods::kRefuse &&
      drain.empty_dir_pods != api::EmptyDirPods::kRefuse) {
    return "";
  }
  for (const Finding& loss : LossesOf(drain, pod)) {
    if (loss.blocks && !Ignores(ignore, loss.type, loss.object)) {
      return loss.text;
    }
  }
  return "";
}

}  // namespace cu::planner
