#include "promises_saved.hpp"

#include <algorithm>
#include <utility>

#include "api/labels.hpp"

namespace cu::simulation {
namespace {

bool IsToken(const Json& entry) {
  return TextAt(entry, {"name"}).starts_with("kube-api-access-");
}

void EraseTokens(Json& object, const char* list) {
  if (object.contains(list)) {
    Json& entries = object[list];
    entries.erase(std::remove_if(entries.begin(), entries.end(), IsToken), entries.end());
    if (entries.empty()) {
      object.erase(list);
    }
  }
}

/// The parts of a pod in which its copy has to be equal.
Json ComparablePartsOf(const Json& pod) {
  Json spec = ValueAt(pod, {"spec"});
  for (const char* added : {"nodeName", "priority", "preemptionPolicy"}) {
    spec.erase(added);
  }
  EraseTokens(spec, "volumes");
  for (Json& container : spec["containers"]) {
    EraseTokens(container, "volumeMounts");
  }
  Json labels = ValueAt(pod, {"metadata", "labels"});
  labels.erase(std::string(api::kSavedPod));
  return {{"spec", spec}, {"labels", labels}};
}

bool ByController(const std::string& actor) {
  return actor.find('/') != std::string::npos;
}

}  // namespace

SavedPodPromises::SavedPodPromises(Cluster& cluster, Duration view_lag, ViolationReporter report)
    : cluster_(cluster), view_lag_(view_lag), report_(std::move(report)) {
  cluster.database.Subscribe([this](const Change& change) { OnChange(change); });
}

void SavedPodPromises::OnBegin(const Call& call) {
  if (call.target.resource == "pods" && call.target.name.empty() && call.mutating) {
    CheckCreation(call);
  } else if (call.target.resource == "podtemplates" &&
             call.request.method == port::Method::kDelete) {
    CheckTemplateDeletion(call);
  }
}

void SavedPodPromises::OnServed(const Call& call, const port::Response& response) {
  const bool deletes = call.request.method == port::Method::kDelete;
  if (call.target.resource != "pods" || response.status >= 300 ||
      (!deletes && call.target.subresource != "eviction")) {
    return;
  }
  const Json body = Json::parse(call.request.body, nullptr, false);
  const std::string uid = deletes ? TextAt(body, {"preconditions", "uid"})
                                  : TextAt(body, {"deleteOptions", "preconditions", "uid"});
  if (saved_.contains(uid)) {
    removed_[call.target.key()] = uid;
  }
}

void SavedPodPromises::OnChange(const Change& change) {
  if (change.kind == Kind::kPodTemplate) {
    OnTemplate(change);
  } else if (change.kind == Kind::kPod) {
    OnPod(change);
  } else if (change.kind == Kind::kUpgrade && change.after != nullptr &&
             ByController(change.actor) && ConditionOf(change.after->value(), "Ready") == "True") {
    for (const auto& [uid, saved] : saved_) {
      const ObjectPtr pod = cluster_.database.Find(Kind::kPod, saved.key);
      const bool stayed = pod != nullptr && UidOf(pod->value()) == uid;
      if (saved.ours && saved.template_exists && !saved.copy_ran && !stayed) {
        report_("P11", "Ready is True, but " + saved.key + " is not back");
      }
    }
  }
}

void SavedPodPromises::OnTemplate(const Change& change) {
  const Json& value = change.object->value();
  const std::string uid = AnnotationOf(value, api::kSavedPodUid);
  if (change.after == nullptr) {
    saved_[uid].template_exists = false;
    saved_[uid].template_gone_since = change.time;
    return;
  }
  if (change.before == nullptr) {
    Saved& saved = saved_[uid];
    if (!ByController(change.actor)) {
      return;
    }
    saved.ours = true;
    saved.template_exists = true;
    saved.key = NamespaceOf(value) + "/" + AnnotationOf(value, api::kSavedPodName);
    const ObjectPtr pod = cluster_.database.Find(Kind::kPod, saved.key);
    if (saved.pod.is_null() && pod != nullptr && UidOf(pod->value()) == uid) {
      saved.pod = ComparablePartsOf(pod->value());
    }
  }
}

void SavedPodPromises::OnPod(const Change& change) {
  const Json& value = change.object->value();
  const std::string before = AnnotationOf(value, api::kSavedPodUid);
  if (change.after == nullptr) {
    // Not lost by the controller if another actor deleted it, unless its PodTemplate is there.
    const auto saved = saved_.find(UidOf(value));
    if (change.actor == "gc" && (saved == saved_.end() || !saved->second.template_exists)) {
      removed_.erase(change.key);
    }
    return;
  }
  if (before.empty() || !saved_.contains(before)) {
    return;
  }
  Saved& saved = saved_[before];
  saved.copy_ran = saved.copy_ran || TextAt(value, {"status", "phase"}) == "Running";
  if (change.before == nullptr && ByController(change.actor)) {
    if (change.key != saved.key ||
        (!saved.pod.is_null() && ComparablePartsOf(value) != saved.pod)) {
      report_("P15", change.key + " is not what it was before: " + ComparablePartsOf(value).dump());
    }
  }
}

/// A pod is created only in place of one that was saved, is gone, and has not been created before.
void SavedPodPromises::CheckCreation(const Call& call) {
  const Json pod = Json::parse(call.request.body, nullptr, false);
  const std::string key = call.target.ns + "/" + NameOf(pod);
  const auto saved = saved_.find(AnnotationOf(pod, api::kSavedPodUid));
  if (saved == saved_.end() || !saved->second.ours || saved->second.key != key) {
    report_("P15", "pod " + key + " is created without having been saved");
    return;
  }
  const auto now = cluster_.timeline.now();
  if (!saved->second.template_exists && now - saved->second.template_gone_since > view_lag_) {
    report_("P15", "pod " + key + " is created though its PodTemplate was deleted");
  }
  const ObjectPtr live = cluster_.database.Find(Kind::kPod, key);
  if (live != nullptr && UidOf(live->value()) == saved->first && !IsDeleting(live->value())) {
    const std::string node = NodeNameOf(live->value());
    if (cluster_.database.Find(Kind::kNode, node) != nullptr) {
      report_("P15", "pod " + key + " is created again while it runs");
    }
  }
}

/// The PodTemplate of a saved pod is deleted only when a pod of that name is there.
void SavedPodPromises::CheckTemplateDeletion(const Call& call) {
  const ObjectPtr pod_template = cluster_.database.Find(Kind::kPodTemplate, call.target.key());
  const Json body = Json::parse(call.request.body, nullptr, false);
  if (pod_template == nullptr ||
      UidOf(pod_template->value()) != TextAt(body, {"preconditions", "uid"})) {
    return;
  }
  const std::string uid = AnnotationOf(pod_template->value(), api::kSavedPodUid);
  const Saved& saved = saved_[uid];
  if (!saved.ours) {
    report_("P15", "a PodTemplate of somebody else is deleted: " + call.target.key());
  }
  const ObjectPtr pod = cluster_.database.Find(Kind::kPod, saved.key);
  const bool leaving = pod != nullptr && UidOf(pod->value()) == uid && IsDeleting(pod->value()) &&
                       !IsFinishedPod(pod->value());
  if ((pod == nullptr || leaving) && !saved.copy_ran) {
    report_("P15", saved.key + "'s PodTemplate is deleted though the pod is not back");
  }
}

void SavedPodPromises::CheckEnd() {
  for (const auto& [key, uid] : removed_) {
    const ObjectPtr pod = cluster_.database.Find(Kind::kPod, key);
    if (pod == nullptr || IsDeleting(pod->value())) {
      report_("P15", "pod " + key + " was saved and is lost");
    }
  }
  std::map<std::string, int> copies;
  for (const auto& [key, pod] : cluster_.database.All(Kind::kPod)) {
    const std::string before = AnnotationOf(pod->value(), api::kSavedPodUid);
    if (!before.empty() && ++copies[before] > 1) {
      report_("P15", "pod " + key + " exists twice");
    }
  }
  for (const auto& [key, pod_template] : cluster_.database.All(Kind::kPodTemplate)) {
    const std::string uid = AnnotationOf(pod_template->value(), api::kSavedPodUid);
    if (!saved_[uid].ours) {
      continue;  // somebody else's, who may keep it
    }
    const ObjectPtr pod = cluster_.database.Find(Kind::kPod, saved_[uid].key);
    if (pod != nullptr && TextAt(pod->value(), {"status", "phase"}) == "Pending") {
      continue;  // no node has room for it: the PodTemplate stays until it runs
    }
    report_("P15", "PodTemplate " + key + " is left behind");
  }
}

}  // namespace cu::simulation
