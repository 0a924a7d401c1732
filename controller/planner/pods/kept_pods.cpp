#include "planner/pods/kept_pods.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

#include "api/labels.hpp"
#include "base/sha256.hpp"
#include "base/text.hpp"

namespace cu::planner {
namespace {

constexpr std::size_t kNamesShown = 3;

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

/// A finalizer of somebody else keeps it, but its pod runs again.
bool IsOver(const World& world, const KeptPod& kept) {
  const api::Pod* successor = SuccessorOf(world, kept);
  return kept.saved->meta.deleted && successor != nullptr &&
         successor->phase == api::PodPhase::kRunning;
}

}  // namespace

const api::Pod* SuccessorOf(const World& world, const KeptPod& kept) {
  const auto* pods = world.recreated_pods.items;
  if (pods == nullptr) {
    return nullptr;
  }
  const auto found = pods->find(kept.pod_key);
  const bool ours = found != pods->end() &&
                    api::AnnotationOf(found->second.meta, api::kSavedPodUid) == kept.pod_uid;
  return ours ? &found->second : nullptr;
}

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
      if (!saved.meta.deleted) {
        refused_.push_back(&saved);
      }
      continue;
    }
    const std::string name = api::AnnotationOf(saved.meta, api::kSavedPodName);
    KeptPod kept{&saved,
                 saved.meta.ns + "/" + name,
                 api::AnnotationOf(saved.meta, api::kSavedPodUid),
                 api::AnnotationOf(saved.meta, api::kSavedPodNode)};
    if (IsOver(world, kept)) {
      continue;
    }
    all_.push_back(std::move(kept));
    uids_.insert(all_.back().pod_uid);
    const ActionResult* result =
        ResultOf(*world.results, RecreatePod{saved.meta.ns, name, all_.back().pod_uid, "", ""});
    if (IsRefused(result)) {
      refusing_[saved.meta.ns] = result->message;
    }
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
  return listed && !refusing_.contains(pod.meta.ns) &&
         std::count_if(all_.begin(), all_.end(), same_name) == 1 &&
         std::any_of(all_.begin(), all_.end(), usable);
}

std::string KeptPods::WhyNotSaved(const api::Pod& pod) const {
  if (const auto refusing = refusing_.find(pod.meta.ns); refusing != refusing_.end()) {
    return "pods of its namespace that were saved before cannot be created again: " +
           refusing->second;
  }
  std::vector<std::string> templates;
  for (const KeptPod& kept : all_) {
    if (kept.pod_uid == pod.meta.uid) {
      templates.push_back(kept.saved->meta.Key());
    }
  }
  if (templates.size() > 1) {
    return "several PodTemplates keep it (" + base::JoinNames(templates, kNamesShown) +
           "): delete those that the controller has not made";
  }
  const ActionResult* save = ResultOf(*world_->results, SaveOf(world_->upgrade->meta, pod, ""));
  if (templates.empty() && save != nullptr && save->outcome == Outcome::kExists) {
    return "another PodTemplate " + pod.meta.ns + "/" + TemplateName(pod) + " exists: delete it";
  }
  const auto& digests = world_->upgrade->status.saved_digests;
  const bool noted = std::any_of(digests.begin(), digests.end(), [&](const auto& digest) {
    return digest.uid == pod.meta.uid;
  });
  if (!noted && digests.size() >= kSavedMax) {
    return std::to_string(kSavedMax) +
           " other pods are saved and do not run again yet, and no more are saved at a time";
  }
  return "";
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
