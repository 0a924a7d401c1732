#include "model/watches.hpp"

#include <utility>

namespace cu::simulation {
namespace {

const char* KindName(Kind kind) {
  switch (kind) {
    case Kind::kNode:
      return R"("v1","kind":"Node")";
    case Kind::kPod:
      return R"("v1","kind":"Pod")";
    case Kind::kBudget:
      return R"("policy/v1","kind":"PodDisruptionBudget")";
    case Kind::kJob:
      return R"("batch/v1","kind":"Job")";
    case Kind::kLease:
      return R"("coordination.k8s.io/v1","kind":"Lease")";
    case Kind::kUpgrade:
      return R"("clusterupgrade.io/v1alpha1","kind":"ClusterUpgrade")";
    case Kind::kPodTemplate:
      return R"("v1","kind":"PodTemplate")";
    case Kind::kAttachment:
      return R"("storage.k8s.io/v1","kind":"VolumeAttachment")";
    case Kind::kVolume:
      return R"("v1","kind":"PersistentVolume")";
    case Kind::kDaemonSet:
      return R"("apps/v1","kind":"DaemonSet")";
    case Kind::kDeployment:
      return R"("apps/v1","kind":"Deployment")";
    case Kind::kStatefulSet:
      return R"("apps/v1","kind":"StatefulSet")";
    case Kind::kReplicaSet:
      return R"("apps/v1","kind":"ReplicaSet")";
    case Kind::kEndpointSlice:
      return R"("discovery.k8s.io/v1","kind":"EndpointSlice")";
    case Kind::kValidatingWebhooks:
      return R"("admissionregistration.k8s.io/v1","kind":"ValidatingWebhookConfiguration")";
    case Kind::kMutatingWebhooks:
      return R"("admissionregistration.k8s.io/v1","kind":"MutatingWebhookConfiguration")";
    case Kind::kConfigMap:
      return R"("v1","kind":"ConfigMap")";
  }
  return "";
}

}  // namespace

Watches::Watches(Timeline& timeline, Database& database)
    : timeline_(timeline), database_(database) {
  database.Subscribe([this](const Change& change) {
    history_.push_back(change);
    while (history_.size() > window_) {
      oldest_ = history_.front().version;
      history_.pop_front();
    }
    for (const auto& [id, watch] : open_) {
      if (watch.selection.kind == change.kind) {
        Send(watch, change);
      }
    }
  });
}

void Watches::Compact() {
  history_.clear();
  oldest_ = database_.version();
}

std::uint64_t Watches::Open(const Selection& selection,
                            std::uint64_t from,
                            bool bookmarks,
                            Duration timeout,
                            WatchSink sink) {
  const std::uint64_t id = ++next_;
  Watch& watch = open_[id] = {selection, bookmarks, std::move(sink)};
  for (const Change& change : history_) {
    if (change.version > from && change.kind == selection.kind) {
      Send(watch, change);
    }
  }
  if (bookmarks) {
    SendBookmarks(id);
  }
  timeline_.After(timeout, [this, id] {
    if (const auto found = open_.find(id); found != open_.end()) {
      const WatchSink end = found->second.sink;
      const Kind kind = found->second.selection.kind;
      open_.erase(found);
      end("", kind, 0);
    }
  });
  return id;
}

void Watches::Send(const Watch& watch, const Change& change) const {
  const bool before = change.before != nullptr && watch.selection.Matches(change.before->value());
  const bool after = change.after != nullptr && watch.selection.Matches(change.after->value());
  if (!before && !after) {
    return;
  }
  const char* type = after ? (before ? "MODIFIED" : "ADDED") : "DELETED";
  watch.sink(std::string(R"({"type":")") + type + R"(","object":)" + change.object->text() + "}",
             change.kind,
             change.version);
}

void Watches::SendBookmarks(std::uint64_t id) {
  // Every 60 s and up to a quarter later, as a kube-apiserver does.
  const std::chrono::seconds period{60 + static_cast<int>(id % 16)};
  timeline_.After(period, [this, id] {
    const auto found = open_.find(id);
    if (found == open_.end()) {
      return;
    }
    const Kind kind = found->second.selection.kind;
    found->second.sink(std::string(R"({"type":"BOOKMARK","object":{"apiVersion":)") +
                           KindName(kind) + R"(,"metadata":{"resourceVersion":")" +
                           std::to_string(database_.version()) + R"(","creationTimestamp":null}}})",
                       kind,
                       database_.version());
    SendBookmarks(id);
  });
}

}  // namespace cu::simulation
