#include "model/volumes.hpp"

#include <map>
#include <utility>
#include <vector>

#include "model/pods.hpp"

namespace cu::simulation {

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

std::string AttachmentOf(const std::string& volume, const std::string& node) {
  return "csi-" + volume + "-" + node;
}

}  // namespace

Volumes::Volumes(Timeline& timeline, Database& database, Rng rng)
    : timeline_(timeline), database_(database), rng_(rng) {
  database_.Subscribe([this](const Change& change) {
    if (change.kind == Kind::kPod) {
      OnPod(change);
    } else if (change.kind == Kind::kAttachment) {
      if (change.after == nullptr) {
        detaching_.erase(change.key);
      }
      ScheduleReconcile();
    }
  });
}

void Volumes::Add(const std::string& ns, const std::string& claim, const std::string& node) {
  Json volume{{"apiVersion", "v1"},
              {"kind", "PersistentVolume"},
              {"metadata", {{"name", VolumeOf(ns, claim)}}},
              {"spec", {{"claimRef", {{"namespace", ns}, {"name", claim}}}}}};
  if (!node.empty()) {
    const Json expression{
        {"key", "kubernetes.io/hostname"}, {"operator", "In"}, {"values", Json::array({node})}};
    volume["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"] =
        Json::array({{{"matchExpressions", Json::array({expression})}}});
  }
  database_.Put(Kind::kVolume, std::move(volume), "human");
}

void Volumes::RepairAll() {
  stuck_rate_ = 0;
  detaching_.clear();
  ScheduleReconcile();
}

void Volumes::OnPod(const Change& change) {
  if (!ClaimsOf(change.object->value()).empty()) {
    ScheduleReconcile();
  }
}

void Volumes::ScheduleReconcile() {
  if (!std::exchange(scheduled_, true)) {
    timeline_.After(rng_.Between(milliseconds{50}, milliseconds{500}), [this] {
      scheduled_ = false;
      Reconcile();
    });
  }
}

void Volumes::Reconcile() {
  std::map<std::string, std::pair<std::string, std::string>> wanted;  // attachment: volume, node
  for (const auto& [key, pod] : database_.All(Kind::kPod)) {
    const std::string node = NodeNameOf(pod->value());
    if (node.empty() || IsFinishedPod(pod->value())) {
      continue;
    }
    for (const std::string& claim : ClaimsOf(pod->value())) {
      const std::string volume = VolumeOf(NamespaceOf(pod->value()), claim);
      wanted[AttachmentOf(volume, node)] = {volume, node};
    }
  }
  std::set<std::string> busy;
  for (const auto& [name, attachment] : database_.All(Kind::kAttachment)) {
    const std::string volume =
        TextAt(attachment->value(), {"spec", "source", "persistentVolumeName"});
    busy.insert(volume);
    const bool gone = database_.Find(Kind::kNode, NodeNameOf(attachment->value())) == nullptr;
    if ((gone || !wanted.contains(name)) && detaching_.insert(name).second) {
      if (gone || !rng_.Chance(stuck_rate_)) {
        timeline_.After(rng_.Between(milliseconds{200}, seconds{20}),
                        [this, attachment_name = name] { Detach(attachment_name); });
      }
    }
  }
  for (const auto& [name, attached_to] : wanted) {
    if (!busy.insert(attached_to.first).second) {
      continue;
    }
    database_.Put(Kind::kAttachment,
                  Json{{"apiVersion", "storage.k8s.io/v1"},
                       {"kind", "VolumeAttachment"},
                       {"metadata", {{"name", name}}},
                       {"spec",
                        {{"attacher", "csi.example.com"},
                         {"nodeName", attached_to.second},
                         {"source", {{"persistentVolumeName", attached_to.first}}}}},
                       {"status", {{"attached", true}}}},
                  "attach-detach");
  }
}

void Volumes::Detach(const std::string& attachment) {
  database_.Remove(Kind::kAttachment, attachment, "attach-detach");
}

bool VolumesAttached(const Database& database, const Json& pod) {
  for (const std::string& claim : ClaimsOf(pod)) {
    const std::string volume = VolumeOf(NamespaceOf(pod), claim);
    if (database.Find(Kind::kAttachment, AttachmentOf(volume, NodeNameOf(pod))) == nullptr) {
      return false;
    }
  }
  return true;
}

}  // namespace cu::simulation
