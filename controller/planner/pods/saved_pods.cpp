#include "planner/pods/saved_pods.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "api/labels.hpp"
#include "api/requests.hpp"
#include "base/text.hpp"
#include "planner/pods/kept_pods.hpp"

namespace cu::planner {
namespace {

/// Twice the time that an eviction may take: by then one that was sent has come or will not.
constexpr auto kOutcomeKnownAfter = std::chrono::seconds(30);
constexpr auto kPendingForLong = std::chrono::seconds(60);
/// Each pod that is being saved has a watch of its own.
constexpr std::size_t kSavingAtOnce = 8;
constexpr std::size_t kNamesShown = 3;
constexpr std::size_t kWhyMax = 300;
/// Of status.saved_digests, for one pod.
constexpr int kDigestsOfPodMax = 4;
constexpr std::size_t kForeignTold = 20;

/// One look at everything that is saved or is to be.
class Care {
 public:
  Care(const Planning& planning, SavedPodsMemory memory)
      : planning_(planning), world_(planning.world()), kept_(world_) {
    work_.memory = std::move(memory);
    work_.count = planning.status().saved_pods;
    work_.digests = planning.status().saved_digests;
  }

  SavedPodsWork All() && {
    work_.add.Watch(WatchKind::kSavedPods, "");
    work_.add.Watch(WatchKind::kRecreatedPods, "");
    if (!work_.memory.begun && work_.count > 0) {
      // Whoever was here before us may have sent saves.
      work_.memory.unsettled[""] = world_.now.steady;
    }
    work_.memory.begun = true;
    SaveLeavingPods();
    const int unsettled = SettleSaves() ? 0 : 1;
    if (!world_.saved_pods.current) {
      work_.count = std::max(work_.count, unsettled);
      return std::move(work_);
    }
    for (const KeptPod& kept : kept_.all()) {
      Attend(kept);
    }
    WarnOfForeign();
    Tidy();
    work_.count = std::max(static_cast<int>(kept_.all().size()), unsettled);
    return std::move(work_);
  }

 private:
  using Occasion = SavedPodsMemory::Occasion;

  void SaveLeavingPods() {
    std::vector<const api::Pod*> to_save;
    for (const api::NodeInWork& entry : planning_.status().in_progress) {
      const NodePods* pods = planning_.PodsOf(entry.name);
      if (pods == nullptr || !Drains(entry)) {
        continue;
      }
      for (const PodPlan* plan : pods->leaving) {
        const api::Pod& pod = *plan->pod;
        if (IsUnmanaged(pod) && !pod.finished() && !pod.meta.deleted &&
            !kept_.Keeps(pod.meta.uid)) {
          to_save.push_back(&pod);
        }
      }
    }
    // Those that the server refuses do not keep the others waiting.
    std::stable_partition(to_save.begin(), to_save.end(), [&](const api::Pod* pod) {
      return !IsRefused(planning_.ResultOf(SaveOf(planning_.upgrade().meta, *pod, "")));
    });
    for (std::size_t i = 0; i < to_save.size(); ++i) {
      work_.memory.unsettled[to_save[i]->meta.uid] = world_.now.steady;
      if (i < kSavingAtOnce) {
        Save(*to_save[i]);
      }
    }
  }

  /// Whether unmanaged pods may be leaving the node now.
  bool Drains(const api::NodeInWork& entry) const {
    return entry.step == api::NodeStep::kDraining && RecreatesPods(planning_.upgrade()) &&
           !planning_.paused();
  }

  void Save(const api::Pod& pod) {
    const std::string key = pod.meta.Key();
    work_.add.Watch(WatchKind::kWholePod, key);
    const api::WholePod* whole = FindWhole(key);
    if (whole != nullptr && whole->meta.uid == pod.meta.uid && !whole->manifest.empty()) {
      SavePodTemplate save = SaveOf(planning_.upgrade().meta, pod, whole->manifest);
      if (Note({pod.meta.uid, api::DigestOf(save.pod)})) {
        work_.add.Want(std::move(save));
      }
    }
  }

  /// Into the status, ahead of the save. Earlier ones of the pod stay: a save of what it was before
  /// may be on its way. False: there is no room, the pod waits.
  bool Note(const api::SavedDigest& saved) {
    auto& digests = work_.digests;
    if (std::find(digests.begin(), digests.end(), saved) != digests.end()) {
      return true;
    }
    const auto same_pod = [&](const auto& other) { return other.uid == saved.uid; };
    if (std::count_if(digests.begin(), digests.end(), same_pod) >= kDigestsOfPodMax) {
      digests.erase(std::find_if(digests.begin(), digests.end(), same_pod));
    }
    if (digests.size() >= kSavedMax) {
      return false;
    }
    digests.push_back(saved);
    return true;
  }

  const api::WholePod* FindWhole(const std::string& key) const {
    const auto watched = world_.whole_pods.find(key);
    if (watched == world_.whole_pods.end() || !watched->second.current) {
      return nullptr;
    }
    const auto found = watched->second.items->find(key);
    return found == watched->second.items->end() ? nullptr : &found->second;
  }

  /// A save counts until its PodTemplate is seen, or was due long ago. True when none is left.
  bool SettleSaves() {
    auto& unsettled = work_.memory.unsettled;
    std::erase_if(unsettled, [&](const auto& save) {
      return kept_.Keeps(save.first) || world_.now.steady >= save.second + kOutcomeKnownAfter;
    });
    for (const auto& [uid, since] : unsettled) {
      work_.add.WakeAt(since + kOutcomeKnownAfter);
    }
    return unsettled.empty();
  }

  void Attend(const KeptPod& kept) {
    if (kept.saved->meta.deleted) {
      return;
    }
    if (work_.memory.deleted.contains(kept.saved->meta.uid)) {
      DeleteTemplate(kept);
      return;
    }
    if (!world_.recreated_pods.current) {
      return;
    }
    if (const api::Pod* successor = SuccessorOf(world_, kept)) {
      AttendSuccessor(kept, *successor);
      return;
    }
    work_.add.Watch(WatchKind::kPodsOnNode, kept.node);
    const NodePods* pods = planning_.PodsOf(kept.node);
    if (pods == nullptr) {
      return;
    }
    const auto old = std::find_if(pods->plans.begin(), pods->plans.end(), [&](const PodPlan& plan) {
      return plan.pod->meta.uid == kept.pod_uid && plan.pod->meta.Key() == kept.pod_key;
    });
    if (old != pods->plans.end()) {
      AttendOld(kept, *old);
    } else {
      Recreate(kept);
    }
  }

  /// The pod is still there.
  void AttendOld(const KeptPod& kept, const PodPlan& old) {
    const std::string& uid = kept.saved->meta.uid;
    if (old.pod->meta.deleted) {
      return;
    }
    if (old.pod->finished()) {
      DeleteTemplate(kept);  // it has ended by itself
      return;
    }
    const api::NodeInWork* entry = planning_.EntryOf(kept.node);
    const bool draining = entry != nullptr && entry->step == api::NodeStep::kDraining;
    if (draining && RecreatesPods(planning_.upgrade()) &&
        old.disposition != PodDisposition::kSkip) {
      work_.memory.stays.erase(uid);
      return;
    }
    // An eviction may still be on its way: the PodTemplate stays until that cannot be.
    const auto since = work_.memory.stays.try_emplace(uid, world_.now.steady).first->second;
    if (world_.now.steady >= since + kOutcomeKnownAfter) {
      DeleteTemplate(kept);
    } else {
      work_.add.WakeAt(since + kOutcomeKnownAfter);
    }
  }

  void AttendSuccessor(const KeptPod& kept, const api::Pod& successor) {
    const bool runs = successor.phase == api::PodPhase::kRunning || successor.finished();
    if (runs || planning_.deleted() || kept_.Keeps(successor.meta.uid)) {
      DeleteTemplate(kept);
      return;
    }
    const base::WallTime late = successor.meta.created.value_or(planning_.now()) + kPendingForLong;
    Asked<bool> passed = planning_.HasPassed(late);
    work_.add.Add(std::move(passed.add));
    if (passed.answer) {
      Warn(kept,
           Occasion::kPending,
           "was recreated but is not running yet: " + Shown(successor.problem));
    }
  }

  void Recreate(const KeptPod& kept) {
    const api::Metadata& meta = kept.saved->meta;
    Action action = RecreatePod{meta.ns,
                                api::AnnotationOf(meta, api::kSavedPodName),
                                kept.pod_uid,
                                kept.saved->manifest,
                                kept.saved->digest};
    const ActionResult* result = planning_.ResultOf(action);
    if (result != nullptr && result->outcome == Outcome::kExists) {
      work_.add.Watch(WatchKind::kWholePod, kept.pod_key);
      const api::WholePod* other = FindWhole(kept.pod_key);
      if (other != nullptr && other->meta.uid != kept.pod_uid &&
          api::AnnotationOf(other->meta, api::kSavedPodUid) != kept.pod_uid) {
        Warn(kept, Occasion::kExists, "is not recreated: another pod of that name exists");
        DeleteTemplate(kept);
        return;
      }
    } else if (IsRefused(result)) {
      Warn(kept, Occasion::kRefused, "cannot be recreated: " + Shown(result->message));
    }
    work_.add.Want(std::move(action));
  }

  /// Once it may have been sent, the PodTemplate keeps nothing any more.
  void DeleteTemplate(const KeptPod& kept) {
    const api::Metadata& meta = kept.saved->meta;
    work_.memory.deleted.insert(meta.uid);
    work_.add.Want(DeletePodTemplate{meta.ns, meta.name, meta.uid});
  }

  void WarnOfForeign() {
    const auto& refused = kept_.refused();
    for (std::size_t i = 0; i < std::min(refused.size(), kForeignTold); ++i) {
      const api::Metadata& meta = refused[i]->meta;
      work_.add.Warn(Finding::Warns(
          api::FindingType::kForeignPodTemplate,
          meta.Key(),
          "PodTemplate " + meta.Key() + " says that it keeps pod " +
              base::Cut(api::AnnotationOf(meta, api::kSavedPodName), kWhyMax) +
              ", but the controller has not saved it so: no pod is created from it, and it is "
              "not deleted"));
    }
  }

  static std::string Shown(const std::string& why) {
    return why.empty() ? "no reason is given" : base::Cut(why, kWhyMax);
  }

  void Warn(const KeptPod& kept, Occasion occasion, const std::string& text) {
    const auto first =
        work_.memory.first.try_emplace({kept.saved->meta.uid, occasion},
                                       Finding::Warns(api::FindingType::kPodNotRecreated,
                                                      kept.pod_key,
                                                      "saved pod " + kept.pod_key + " " + text));
    work_.add.Warn(first.first->second);
  }

  /// Drops what is remembered of PodTemplates that are gone.
  void Tidy() {
    const auto gone = [&](const std::string& uid) {
      return std::none_of(kept_.all().begin(), kept_.all().end(), [&](const KeptPod& kept) {
        return kept.saved->meta.uid == uid;
      });
    };
    std::erase_if(work_.memory.stays, [&](const auto& entry) { return gone(entry.first); });
    std::erase_if(work_.memory.deleted, gone);
    const auto& unsettled = work_.memory.unsettled;
    std::erase_if(work_.digests, [&](const api::SavedDigest& saved) {
      return !kept_.Keeps(saved.uid) && !unsettled.contains(saved.uid) && !unsettled.contains("");
    });
    std::erase_if(work_.memory.first, [&](const auto& entry) { return gone(entry.first.first); });
  }

  const Planning& planning_;
  const World& world_;
  KeptPods kept_;
  SavedPodsWork work_;
};

/// "team-a/db (Pending: …)"
std::string DescribeKept(const World& world, const KeptPod& kept) {
  const Action action = RecreatePod{kept.saved->meta.ns,
                                    api::AnnotationOf(kept.saved->meta, api::kSavedPodName),
                                    kept.pod_uid,
                                    "",
                                    ""};
  std::string why;
  if (const api::Pod* successor = SuccessorOf(world, kept)) {
    why = successor->problem.empty() ? "Pending" : "Pending: " + successor->problem;
  } else if (const ActionResult* result = ResultOf(*world.results, action); IsRefused(result)) {
    why = "the API server rejects it: " + result->message;
  }
  return kept.pod_key + (why.empty() ? "" : " (" + base::Cut(why, kWhyMax) + ")");
}

}  // namespace

SavedPodsWork CareForSavedPods(const Planning& planning, SavedPodsMemory memory) {
  const bool wanted = RecreatesPods(planning.upgrade()) && !planning.status().in_progress.empty();
  if (!wanted && planning.status().saved_pods == 0) {
    return {};
  }
  return Care(planning, std::move(memory)).All();
}

std::string DescribeSavedPods(const Planning& planning) {
  const World& world = planning.world();
  if (!world.saved_pods.current || !world.recreated_pods.current) {
    return "waiting for the saved pods to be listed; the role for it is in "
           "deploy/optional/recreate-pods.yaml";
  }
  const KeptPods kept_pods(world);
  std::vector<std::string> names;
  for (const KeptPod& kept : kept_pods.all()) {
    names.push_back(DescribeKept(world, kept));
  }
  if (names.empty()) {
    return "checking that no saved pod is left";
  }
  return "saved pods that are not running again yet: " + base::JoinNames(names, kNamesShown);
}

}  // namespace cu::planner
