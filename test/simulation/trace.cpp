#include "trace.hpp"

#include <array>
#include <cstdio>

namespace cu::simulation {
namespace {

const char* MethodName(port::Method method) {
  switch (method) {
    case port::Method::kGet:
      return "GET";
    case port::Method::kPost:
      return "POST";
    case port::Method::kPut:
      return "PUT";
    case port::Method::kDelete:
      return "DELETE";
    case port::Method::kMergePatch:
      return "MERGE";
    case port::Method::kJsonPatch:
      return "PATCH";
    case port::Method::kApply:
      return "APPLY";
  }
  return "";
}

std::string Short(const std::string& text) {
  return text.size() <= 240 ? text : text.substr(0, 240) + "…";
}

std::string SummaryOfNode(const Json& node) {
  return KubeletVersion(node) + (IsReadyNode(node) ? " Ready" : " NotReady") +
         (IsCordoned(node) ? " cordoned" : "") + " " +
         ValueAt(node, {"metadata", "annotations"}).dump();
}

std::string SummaryOfUpgrade(const Json& upgrade) {
  std::string text = "generation " + std::to_string(NumberAt(upgrade, {"metadata", "generation"})) +
                     (BoolAt(upgrade, {"spec", "paused"}) ? " paused" : "") +
                     (IsDeleting(upgrade) ? " deleting" : "") + " epoch " +
                     std::to_string(NumberAt(upgrade, {"status", "epoch"}));
  for (const Json& condition : ValueAt(upgrade, {"status", "conditions"})) {
    const std::string type = TextAt(condition, {"type"});
    if (type == "Ready" || type == "Stalled") {
      text += " " + type + "=" + TextAt(condition, {"status"}) + "(" +
              TextAt(condition, {"reason"}) + ": " + TextAt(condition, {"message"}) + ")";
    }
  }
  for (const Json& entry : ValueAt(upgrade, {"status", "inProgress"})) {
    text += " [" + TextAt(entry, {"name"}) + " " + TextAt(entry, {"step"}) + " #" +
            std::to_string(NumberAt(entry, {"attempt"})) + " " + TextAt(entry, {"message"}) + "]";
  }
  for (const char* list : {"failures", "postponed"}) {
    for (const Json& entry : ValueAt(upgrade, {"status", list})) {
      text += std::string(" {") + list + " " + TextAt(entry, {"name"}) + " " +
              TextAt(entry, {"reason"}) + (BoolAt(entry, {"retried"}) ? " retried" : "") + "}";
    }
  }
  return text;
}

}  // namespace

Trace::Trace(Cluster& cluster, std::ostream& out) : cluster_(cluster), out_(out) {
  cluster.database.Subscribe([this](const Change& change) { OnChange(change); });
}

void Trace::Print(const std::string& text) {
  std::array<char, 32> time{};
  const auto since = cluster_.timeline.now().time_since_epoch() - std::chrono::hours{1};
  std::snprintf(time.data(), time.size(), "%10.3f  ", std::chrono::duration<double>(since).count());
  out_ << time.data() << text << '\n';
}

void Trace::OnBegin(const Call& call) {
  if (!call.lease) {
    Print(call.process + " " + MethodName(call.request.method) + " " + call.request.target + " " +
          (call.mutating && call.target.resource != "clusterupgrades" ? Short(call.request.body)
                                                                      : ""));
  }
}

void Trace::OnServed(const Call& call, const port::Response& response) {
  if (response.status >= 300 || (call.mutating && !call.lease)) {
    Print("    " + call.process + " <- " + std::to_string(response.status) + " " +
          call.target.resource + "/" + call.target.name + "/" + call.target.subresource + " " +
          (response.status >= 300 ? Short(response.body) : ""));
  }
}

void Trace::OnDelivered(const Call& call, const port::Response& response) {
  if (response.retry_after) {
    Print("    " + call.process + " is told to wait " +
          std::to_string(response.retry_after->count()) + " s by " +
          std::to_string(response.status) + " to " + call.request.target);
  }
}

void Trace::OnBatch(const std::string& process, std::size_t size) {
  const bool again = size == 0 && cluster_.timeline.now() - woken_ < std::chrono::milliseconds{5};
  woken_ = cluster_.timeline.now();
  wakes_ = again ? wakes_ + 1 : 0;
  if (wakes_ == 100) {
    Print(process + " wakes up repeatedly");
  }
}

void Trace::OnProcess(const std::string& process, const std::string& what) {
  Print(process + " " + what);
}

void Trace::OnChange(const Change& change) {
  const std::string action = change.before == nullptr  ? "created"
                             : change.after == nullptr ? "deleted"
                                                       : "changed";
  const std::string by = " " + action + " by " + change.actor + ": ";
  const Json& object = change.object->value();
  switch (change.kind) {
    case Kind::kNode:
      if (change.actor != "kubelet" || change.before == nullptr ||
          SummaryOfNode(change.before->value()) != SummaryOfNode(object)) {
        Print("  node " + change.key + by + SummaryOfNode(object));
      }
      break;
    case Kind::kPod:
      Print("  pod " + change.key + by + NodeNameOf(object) + " " +
            TextAt(object, {"status", "phase"}) + (IsReadyPod(object) ? " Ready" : "") +
            (IsDeleting(object) ? " deleting" : ""));
      break;
    case Kind::kJob:
      Print("  job " + change.key + by + ValueAt(object, {"status", "conditions"}).dump());
      break;
    case Kind::kUpgrade:
      Print("  upgrade" + by + SummaryOfUpgrade(object));
      break;
    case Kind::kBudget:
      Print("  budget " + change.key + by + ValueAt(object, {"status"}).dump());
      break;
    case Kind::kPodTemplate:
      Print("  podtemplate " + change.key + by);
      break;
    case Kind::kAttachment:
      Print("  attachment " + change.key + by + ValueAt(object, {"spec"}).dump());
      break;
    case Kind::kEndpointSlice:
      Print("  endpointslice " + change.key + by + ValueAt(object, {"endpoints"}).dump());
      break;
    case Kind::kVolume:
    case Kind::kDaemonSet:
    case Kind::kDeployment:
    case Kind::kStatefulSet:
    case Kind::kReplicaSet:
    case Kind::kValidatingWebhooks:
    case Kind::kMutatingWebhooks:
      break;
    case Kind::kConfigMap:
      Print("  configmap " + change.key + by);
      break;
    case Kind::kLease:
      if (change.key.find("kube-node-lease") == std::string::npos &&
          (change.before == nullptr ||
           TextAt(change.before->value(), {"spec", "holderIdentity"}) !=
               TextAt(object, {"spec", "holderIdentity"}) ||
           change.after == nullptr)) {
        Print("  lease" + by + ValueAt(object, {"spec"}).dump());
      }
      break;
  }
}

}  // namespace cu::simulation
