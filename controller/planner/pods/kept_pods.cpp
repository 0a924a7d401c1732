#include "planner/pods/kept_pods.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

#include "api/labels.hpp"
#include "base/sha256.hpp"

namespace cu::planner {
namespace {

/// "cu-<the pod's name>-<hash of its UID>": the same for the same pod, another for the next one of
/// that name.
std::string TemplateName(const api::Pod& pod) {
  constexpr std::size_t kNameMax = 40;
  constexpr std::size_t kHashDigits = 12;
  std::string name = pod.meta.name.substr(0, kNameMax);
  while (!name.empty() && std::isalnum(static_cast<unsigned char>(name.back())) == 0) {
    name.pop_back();
  }
  return "cu-" + name + "-" + base::Sha256Hex(pod.meta.uid).substr(0, kHashDigits);
}

}  // namespace

KeptPods::KeptPods(const World& world) : world_(&world) {
  if (world.saved_pods.items == nullptr) {
    return;
  }
  for (const auto& [key, saved] : *world.saved_pods.items) {
    if (api::AnnotationOf(saved.meta, api::kJobUpgradeUid) != world.upgrade->meta.uid) {
      continue;
    }
    const api::SavedDigest says{api::AnnotationOf(saved.meta, api::kSavedPodUid), saved.digest};
    const auto& known = world.upgrade->status.saved_digests;
    if (std::find(known.begin(), known.end(), says) == known.end()) {
      refused_.push_back(&saved);
      continue;
    }
    all_.push_back({&saved,
                    saved.meta.ns + "/" + api::AnnotationOf(saved.meta, api::kSavedPodName),
                    api::AnnotationOf(saved.meta, api::kSavedPodUid),
                    api::AnnotationOf(saved.meta, api::kSavedPodNode)});
    uids_.insert(all_.back().pod_uid);
  }
}

bool KeptPods::MayLeave(const api::Pod& pod, const std::set<std::string>& deleted) const {
  if (!RecreatesPods(*world_->upgrade) || !IsUnmanaged(pod)) {
    return true;
  }
  const bool listed = world_->saved_pods.current;
  if (pod.finished() && !listed) {
    return world_->upgrade->status.saved_pods == 0;
  }
  if (pod.finished()) {
    return !Keeps(pod.meta.uid);
  }
  // An earlier pod of that name goes first: two PodTemplates would make two pods of one.
  const auto same_name = [&](const KeptPod& one) { return one.pod_key == pod.meta.Key(); };
  const auto usable = [&](const KeptPod& one) {
    return same_name(one) && one.pod_uid == pod.meta.uid && !one.saved->meta.deleted &&
           !deleted.contains(one.saved->meta.uid);
  };
  return listed && std::count_if(all_.begin(), all_.end(), same_name) == 1 &&
         std::any_of(all_.begin(), all_.end(), usable);
}

bool RecreatesPods(const api::ClusterUpgrade& upgrade) {
  return upgrade.spec.drain.unmanaged_pods == api::UnmanagedPods::kRecreate;
}

bool IsUnmanaged(const api::Pod& pod) {
  return !pod.meta.controller && !pod.meta.owner && !pod.mirror();
}

SavePodTemplate SaveOf(const api::Metadata& upgrade, const api::Pod& pod, std::string manifest) {
  return {{pod.meta.ns,
           TemplateName(pod),
           pod.meta.name,
           pod.meta.uid,
           pod.node_name,
           upgrade.name,
           upgrade.uid,
           std::move(manifest)}};
}

}  // namespace cu::planner
