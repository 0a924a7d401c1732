#include "planner/pods/comebacks.hpp"

#include <algorithm>

#include "planner/pods/pod_owner.hpp"

namespace cu::planner {
namespace {

constexpr std::size_t kReturnedMax = 10;

bool CameAfterCordon(const api::NodeInWork& entry, const api::Pod& pod) {
  return entry.newest_pod && pod.meta.created && *pod.meta.created > *entry.newest_pod;
}

const api::ReturnedPod* FindReturned(const api::NodeInWork& entry, const api::Pod& pod) {
  const auto found =
      std::find_if(entry.returned.begin(), entry.returned.end(), [&](const auto& returned) {
        return returned.controller == OwnerOf(pod)->uid;
      });
  return found == entry.returned.end() ? nullptr : &*found;
}

}  // namespace

Comeback ComebackOf(const api::NodeInWork& entry, const api::Pod& pod) {
  if (OwnerOf(pod) == nullptr || !CameAfterCordon(entry, pod)) {
    return Comeback::kNo;
  }
  if (pod.tolerates_cordon) {
    return Comeback::kStays;
  }
  const api::ReturnedPod* returned = FindReturned(entry, pod);
  const bool first =
      returned == nullptr ? entry.returned.size() < kReturnedMax : returned->pod == pod.meta.uid;
  return first ? Comeback::kOnceMore : Comeback::kStays;
}

int NoteReturned(api::NodeInWork& entry, const std::vector<const PodPlan*>& leaving) {
  int count = 0;
  for (const PodPlan* plan : leaving) {
    const api::Pod& pod = *plan->pod;
    if (plan->comeback == Comeback::kOnceMore && FindReturned(entry, pod) == nullptr &&
        entry.returned.size() < kReturnedMax) {
      entry.returned.push_back({OwnerOf(pod)->uid, pod.meta.uid});
      ++count;
    }
  }
  return count;
}

Finding MayComeBack(const api::Pod& pod) {
  return Finding::Warns(
      api::FindingType::kComesBack,
      WorkloadOf(pod).Key(),
      WorkloadOf(pod).kind +
          " tolerates node.kubernetes.io/unschedulable: an evicted pod of it may be scheduled to "
          "the cordoned node again, and then stays there during the upgrade; narrow its "
          "tolerations to avoid that");
}

Finding CameBack(const api::Pod& pod) {
  return Finding::Warns(api::FindingType::kComesBack,
                        WorkloadOf(pod).Key(),
                        "pod " + pod.meta.name + " of the " + WorkloadOf(pod).kind +
                            " landed on node " + pod.node_name + " after its cordon (" +
                            (pod.tolerates_cordon ? "it tolerates node.kubernetes.io/unschedulable"
                                                  : "pods of it were evicted from there twice") +
                            ") and stays there during the upgrade");
}

}  // namespace cu::planner
