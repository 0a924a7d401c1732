#include "planner/pods/saved_pods.hpp"

#include <algorithm>
#include <cctype>
#include <vector>

#include "api/marks.hpp"
#include "base/sha256.hpp"
#include "base/text.hpp"
#include "planner/pods/evictions.hpp"
#include "planner/pods/obstacle.hpp"

namespace cu::planner {
namespace {

/// Twice the time that an eviction may take: by then one that was sent has come or will not.
constexpr auto kOutcomeKnownAfter = std::chrono::seconds(30);
constexpr auto kPendingForLong = std::chrono::seconds(60);
/// Each pod that is being saved has a watch of its own.
constexpr std::size_t kSavingAtOnce = 8;
constexpr std::size_t kNamesShown = 3;
constexpr std::size_t kWhyMax = 300;

bool Recreates(const World& world) {
  return world.upgrade->spec.drain.unmanaged_pods == api::UnmanagedPods::kRecreate;
}

bool Unmanaged(const api::Pod& pod) {
  return !pod.meta.controller && !pod.mirror();
}

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

SavePod SaveOf(const World& world, const api::Pod& pod, std::string manifest) {
  const api::Metadata& upgrade = world.upgrade->meta;
  return {pod.meta.ns,
          TemplateName(pod),
          pod.meta.name,
          pod.meta.uid,
          pod.node_name,
          upgrade.name,
          upgrade.uid,
          std::move(manifest)};
}

/// A PodTemplate of ours, and the pod that it keeps.
struct Kept {
  const api::SavedPod* saved = nullptr;
  std::string pod_key;  ///< "namespace/name"
  std::string pod_uid;
  std::string node;
};

std::vector<Kept> KeptPods(const World& world) {
  std::vector<Kept> kept;
  if (world.saved_pods.items == nullptr) {
    return kept;
  }
  for (const auto& [key, saved] : *world.saved_pods.items) {
    if (AnnotationOf(saved.meta, api::kJobUpgradeUid) == world.upgrade->meta.uid) {
      kept.push_back({&saved,
                      saved.meta.ns + "/" + AnnotationOf(saved.meta, api::kSavedPodName),
                      AnnotationOf(saved.meta, api::kSavedPodUid),
                      AnnotationOf(saved.meta, api::kSavedPodNode)});
    }
  }
  return kept;
}

bool IsKept(const std::vector<Kept>& kept, const std::string& pod_uid) {
  return std::any_of(
      kept.begin(), kept.end(), [&](const Kept& one) { return one.pod_uid == pod_uid; });
}

/// The pod that was created in place of the one that `kept` keeps, or null.
const api::Pod* Successor(const World& world, const Kept& kept) {
  const auto found = world.recreated_pods.items->find(kept.pod_key);
  const bool ours = found != world.recreated_pods.items->end() &&
                    AnnotationOf(found->second.meta, api::kSavedPodUid) == kept.pod_uid;
  return ours ? &found->second : nullptr;
}

/// One look at everything that is saved or is to be.
class Care {
 public:
  explicit Care(Planning& planning)
      : planning_(planning),
        world_(planning.world()),
        memory_(planning.plan().memory.saving),
        kept_(KeptPods(world_)) {}

  void All() {
    planning_.Watch(WatchKind::kSavedPods, "");
    planning_.Watch(WatchKind::kRecreatedPods, "");
    int& count = planning_.status().saved_pods;
    if (!memory_.begun && count > 0) {
      memory_.unsettled[""] = world_.now.steady;  // whoever was here before us may have sent saves
    }
    memory_.begun = true;
    SaveLeavingPods();
    const bool unsettled = AnySaveUnsettled();
    if (!world_.saved_pods.current) {
      count = std::max(count, unsettled ? 1 : 0);
      return;
    }
    for (const Kept& kept : kept_) {
      Attend(kept);
    }
    Tidy();
    count = std::max(static_cast<int>(kept_.size()), unsettled ? 1 : 0);
  }

 private:
  using Occasion = Memory::Saving::Occasion;

  void SaveLeavingPods() {
    std::vector<const api::Pod*> to_save;
    for (const api::NodeInWork& entry : planning_.status().in_progress) {
      const api::ObjectMap<api::Pod>* pods = planning_.PodsOf(entry.name);
      if (pods == nullptr || !Drains(entry)) {
        continue;
      }
      for (const api::Pod* pod : LeavingPods(world_, *pods)) {
        if (Unmanaged(*pod) && !pod->finished() && !pod->meta.deleted &&
            !IsKept(kept_, pod->meta.uid)) {
          to_save.push_back(pod);
        }
      }
    }
    // Those that the server refuses do not keep the others waiting.
    std::stable_partition(to_save.begin(), to_save.end(), [&](const api::Pod* pod) {
      return !Refused(planning_.AnswerTo(SaveOf(world_, *pod, "")));
    });
    for (std::size_t i = 0; i < to_save.size(); ++i) {
      memory_.unsettled[to_save[i]->meta.uid] = world_.now.steady;
      if (i < kSavingAtOnce) {
        Save(*to_save[i]);
      }
    }
  }

  /// Whether unmanaged pods may be leaving the node now.
  bool Drains(const api::NodeInWork& entry) const {
    return entry.step == api::NodeStep::kDraining && Recreates(world_) && !planning_.paused();
  }

  void Save(const api::Pod& pod) {
    const std::string key = pod.meta.Key();
    planning_.Watch(WatchKind::kWholePod, key);
    const api::WholePod* whole = FindWhole(key);
    if (whole != nullptr && whole->meta.uid == pod.meta.uid && !whole->manifest.empty()) {
      planning_.Want(SaveOf(world_, pod, whole->manifest));
    }
  }

  const api::WholePod* FindWhole(const std::string& key) const {
    const auto watched = world_.whole_pods.find(key);
    if (watched == world_.whole_pods.end() || !watched->second.current) {
      return nullptr;
    }
    const auto found = watched->second.items->find(key);
    return found == watched->second.items->end() ? nullptr : &found->second;
  }

  /// A save counts until its PodTemplate is seen, or was due long ago.
  bool AnySaveUnsettled() {
    std::erase_if(memory_.unsettled, [&](const auto& save) {
      return IsKept(kept_, save.first) || world_.now.steady >= save.second + kOutcomeKnownAfter;
    });
    for (const auto& [uid, since] : memory_.unsettled) {
      planning_.LookAt(since + kOutcomeKnownAfter);
    }
    return !memory_.unsettled.empty();
  }

  void Attend(const Kept& kept) {
    if (kept.saved->meta.deleted) {
      return;
    }
    if (memory_.forgotten.contains(kept.saved->meta.uid)) {
      Forget(kept);
      return;
    }
    if (!world_.recreated_pods.current) {
      return;
    }
    if (const api::Pod* successor = Successor(world_, kept)) {
      AttendSuccessor(kept, *successor);
      return;
    }
    planning_.Watch(WatchKind::kPodsOnNode, kept.node);
    const api::ObjectMap<api::Pod>* pods = planning_.PodsOf(kept.node);
    if (pods == nullptr) {
      return;
    }
    const auto old = pods->find(kept.pod_key);
    if (old != pods->end() && old->second.meta.uid == kept.pod_uid) {
      AttendOld(kept, old->second);
    } else {
      Recreate(kept);
    }
  }

  /// The pod is still there.
  void AttendOld(const Kept& kept, const api::Pod& old) {
    const std::string& uid = kept.saved->meta.uid;
    if (old.meta.deleted) {
      return;
    }
    if (old.finished()) {
      Forget(kept);  // it has ended by itself
      return;
    }
    const auto& entries = planning_.status().in_progress;
    const bool draining = std::any_of(entries.begin(), entries.end(), [&](const auto& entry) {
      return entry.name == kept.node && entry.step == api::NodeStep::kDraining;
    });
    if (draining && Recreates(world_) && FateOf(world_, old) != PodFate::kStays) {
      memory_.stays.erase(uid);
      return;
    }
    // An eviction may still be on its way: the PodTemplate stays until that cannot be.
    const auto since = memory_.stays.try_emplace(uid, world_.now.steady).first->second;
    if (world_.now.steady >= since + kOutcomeKnownAfter) {
      Forget(kept);
    } else {
      planning_.LookAt(since + kOutcomeKnownAfter);
    }
  }

  void AttendSuccessor(const Kept& kept, const api::Pod& successor) {
    const bool runs = successor.phase == api::PodPhase::kRunning || successor.finished();
    if (runs || planning_.deleted() || IsKept(kept_, successor.meta.uid)) {
      Forget(kept);
      return;
    }
    const base::WallTime late = successor.meta.created.value_or(planning_.now()) + kPendingForLong;
    if (planning_.Passed(late)) {
      Warn(kept,
           Occasion::kPending,
           "was created again but does not run yet: " + Shown(successor.problem));
    }
  }

  void Recreate(const Kept& kept) {
    const api::Metadata& meta = kept.saved->meta;
    Act act = RecreatePod{
        meta.ns, AnnotationOf(meta, api::kSavedPodName), kept.pod_uid, kept.saved->manifest};
    const Answer* answer = planning_.AnswerTo(act);
    if (answer != nullptr && answer->verdict == Verdict::kExists) {
      planning_.Watch(WatchKind::kWholePod, kept.pod_key);
      const api::WholePod* other = FindWhole(kept.pod_key);
      if (other != nullptr && other->meta.uid != kept.pod_uid &&
          AnnotationOf(other->meta, api::kSavedPodUid) != kept.pod_uid) {
        Warn(kept,
             Occasion::kExists,
             "is not created again: somebody has made another pod of that name");
        Forget(kept);
        return;
      }
    } else if (Refused(answer)) {
      Warn(kept, Occasion::kRefused, "cannot be created again: " + Shown(answer->message));
    }
    planning_.Want(std::move(act));
  }

  /// Once it may have been sent, the PodTemplate keeps nothing any more.
  void Forget(const Kept& kept) {
    const api::Metadata& meta = kept.saved->meta;
    memory_.forgotten.insert(meta.uid);
    planning_.Want(ForgetPod{meta.ns, meta.name, meta.uid});
  }

  static std::string Shown(const std::string& why) {
    return why.empty() ? "no reason is given" : base::Cut(why, kWhyMax);
  }

  /// Once for each PodTemplate and occasion: servers word one and the same reason differently.
  void Warn(const Kept& kept, Occasion occasion, const std::string& text) {
    if (memory_.told.insert({kept.saved->meta.uid, occasion}).second) {
      planning_.AddWarning({api::FindingType::kPodNotRecreated,
                            kept.pod_key,
                            "saved pod " + kept.pod_key + " " + text,
                            false});
    }
  }

  /// Drops what is remembered of PodTemplates that are gone.
  void Tidy() {
    const auto gone = [&](const std::string& uid) {
      return std::none_of(kept_.begin(), kept_.end(), [&](const Kept& kept) {
        return kept.saved->meta.uid == uid;
      });
    };
    std::erase_if(memory_.stays, [&](const auto& entry) { return gone(entry.first); });
    std::erase_if(memory_.forgotten, gone);
    std::erase_if(memory_.told, [&](const auto& told) { return gone(told.first); });
  }

  Planning& planning_;
  const World& world_;
  Memory::Saving& memory_;
  std::vector<Kept> kept_;
};

/// "team-a/db (Pending: …)"
std::string DescribeKept(const World& world, const Kept& kept) {
  const Act act = RecreatePod{
      kept.saved->meta.ns, AnnotationOf(kept.saved->meta, api::kSavedPodName), kept.pod_uid, ""};
  std::string why;
  if (const api::Pod* successor = Successor(world, kept)) {
    why = successor->problem.empty() ? "Pending" : "Pending: " + successor->problem;
  } else if (const Answer* answer = AnswerTo(*world.answers, act); Refused(answer)) {
    why = "the server refuses it: " + answer->message;
  }
  return kept.pod_key + (why.empty() ? "" : " (" + base::Cut(why, kWhyMax) + ")");
}

/// Why the server does not take the PodTemplate. Pre: Refused(&answer).
api::BlockReason RefusalOf(const Answer& answer) {
  if (answer.verdict == Verdict::kForbidden) {
    return api::BlockReason::kForbidden;
  }
  return answer.verdict == Verdict::kTerminating ? api::BlockReason::kNamespaceTerminating
                                                 : api::BlockReason::kRefused;
}

}  // namespace

bool MayLeave(const World& world, const api::Pod& pod) {
  if (!Recreates(world) || !Unmanaged(pod)) {
    return true;
  }
  const bool known = world.saved_pods.current;
  if (pod.finished() && !known) {
    return world.upgrade->status.saved_pods == 0;
  }
  const std::vector<Kept> kept = KeptPods(world);
  if (pod.finished()) {
    return !IsKept(kept, pod.meta.uid);
  }
  // An earlier pod of that name goes first: two PodTemplates would make two pods of one.
  const auto same_name = [&](const Kept& one) { return one.pod_key == pod.meta.Key(); };
  const auto usable = [&](const Kept& one) {
    return same_name(one) && one.pod_uid == pod.meta.uid && !one.saved->meta.deleted &&
           !world.memory->saving.forgotten.contains(one.saved->meta.uid);
  };
  return known && std::count_if(kept.begin(), kept.end(), same_name) == 1 &&
         std::any_of(kept.begin(), kept.end(), usable);
}

std::optional<api::BlockedBy> WhyNotSaved(const World& world, const api::Pod& pod) {
  const Answer* answer = AnswerTo(*world.answers, SaveOf(world, pod, ""));
  if (!Refused(answer)) {
    return std::nullopt;
  }
  return api::BlockedBy{
      api::BlockerKind::kPodTemplate, pod.meta.ns, TemplateName(pod), RefusalOf(*answer), {}};
}

void CareForSavedPods(Planning& planning) {
  const bool wanted = Recreates(planning.world()) && !planning.status().in_progress.empty();
  if (wanted || planning.status().saved_pods > 0) {
    Care(planning).All();
  } else {
    planning.plan().memory.saving = {};
  }
}

std::string DescribeSavedPods(const Planning& planning) {
  const World& world = planning.world();
  if (!world.saved_pods.current || !world.recreated_pods.current) {
    return "waiting for the list of saved pods; deploy/optional/recreate-pods.yaml has the role "
           "for it";
  }
  std::vector<std::string> names;
  for (const Kept& kept : KeptPods(world)) {
    names.push_back(DescribeKept(world, kept));
  }
  if (names.empty()) {
    return "making sure that no pod was saved after all";
  }
  return "saved pods that do not run again yet: " + base::JoinNames(names, kNamesShown);
}

}  // namespace cu::planner
