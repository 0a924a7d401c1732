#include <utility>

#include "model/pods.hpp"
#include "model/server.hpp"

namespace cu::simulation {
namespace {

constexpr const char* kJobs = "cluster-upgrade-jobs";

const char* VerbOf(port::Method method) {
  switch (method) {
    case port::Method::kGet:
      return "list";
    case port::Method::kPost:
      return "create";
    case port::Method::kPut:
      return "update";
    case port::Method::kDelete:
      return "delete";
    case port::Method::kMergePatch:
    case port::Method::kJsonPatch:
    case port::Method::kApply:
      return "patch";
  }
  return "";
}

/// Why the API server refuses to create this pod, or "". Fields that admission sets must be absent.
std::string InvalidReason(const Json& pod) {
  const Json& spec = ValueAt(pod, {"spec"});
  if (!ValueAt(spec, {"containers"}).is_array() || ValueAt(spec, {"containers"}).empty()) {
    return "spec.containers: Required value";
  }
  if (spec.contains("ephemeralContainers")) {
    return "spec.ephemeralContainers: Forbidden: cannot be set on create";
  }
  if (spec.contains("nodeName") && NamespaceOf(pod) != kJobs) {
    return "spec.nodeName: the model wants the scheduler to choose";
  }
  for (const Json& volume : ValueAt(spec, {"volumes"})) {
    if (TextAt(volume, {"name"}).starts_with("kube-api-access-")) {
      return "spec.volumes: the token of another pod";
    }
  }
  return {};
}

}  // namespace

void ApiServer::SetPermission(const std::string& right, bool granted) {
  if (granted) {
    denied_.erase(right);
  } else {
    denied_.insert(right);
    revoked_.insert(right);
  }
}

void ApiServer::RestoreAccess() {
  denied_.clear();
  quota_full_ = false;
  set_eviction_webhook(std::nullopt);
  refusals_.clear();
}

std::optional<port::Response> ApiServer::Forbidden(const port::Request& request,
                                                   const Target& target) const {
  if (denied_.empty()) {
    return std::nullopt;
  }
  const std::string resource =
      target.subresource.empty() ? target.resource : target.resource + "/" + target.subresource;
  const std::string verb = VerbOf(request.method);
  if (HasPermission(verb + " " + resource)) {
    return std::nullopt;
  }
  return Failure(403,
                 "Forbidden",
                 resource + " is forbidden: User \"system:serviceaccount:x:y\" cannot " + verb +
                     " resource \"" + resource + "\" in API group \"\" in the namespace \"" +
                     target.ns + "\"");
}

port::Response ApiServer::Review(Json review) const {
  const Json& asked = ValueAt(review, {"spec", "resourceAttributes"});
  const bool allowed = HasPermission(TextAt(asked, {"verb"}) + " " + TextAt(asked, {"resource"}));
  review["status"] = {{"allowed", allowed}};
  return {201, review.dump(), std::nullopt};
}

std::string ApiServer::WhyNoPod(const std::string& ns) const {
  if (quota_full_) {
    return "exceeded quota: small, requested: pods=1";
  }
  const auto refusal = refusals_.find(Refused::kJobPods);
  return ns == kJobs && refusal != refusals_.end() ? refusal->second.message : "";
}

port::Response ApiServer::CreatePod(const Target& target, Json pod, const std::string& actor) {
  pod["metadata"]["namespace"] = target.ns;
  if (const std::string reason = InvalidReason(pod); !reason.empty()) {
    return Failure(422, "Invalid", "Pod \"" + NameOf(pod) + "\" is invalid: " + reason);
  }
  const std::string forbidden = "pods \"" + NameOf(pod) + "\" is forbidden: ";
  if (ValueAt(pod, {"spec"}).contains("priority")) {
    return Failure(
        403, "Forbidden", forbidden + "the integer value of priority must not be provided");
  }
  if (terminating_.contains(target.ns)) {
    port::Response refused =
        Failure(403, "Forbidden", forbidden + "unable to create new content in namespace");
    Json body = Json::parse(refused.body);
    body["details"]["causes"] = Json::array({{{"reason", "NamespaceTerminating"}}});
    refused.body = body.dump();
    return refused;
  }
  if (unreachable_webhook_ && unreachable_webhook_(target.ns)) {
    return Failure(500,
                   "InternalError",
                   "Internal error occurred: failed calling webhook \"pods.policy.example\": no "
                   "endpoints available for service \"hooks\"");
  }
  if (const std::string why = WhyNoPod(target.ns); !why.empty()) {
    return Failure(403, "Forbidden", forbidden + why);
  }
  if (database_.Find(Kind::kPod, KeyOf(pod)) != nullptr) {
    return Failure(409, "AlreadyExists", "pods \"" + NameOf(pod) + "\" already exists");
  }
  if (target.Query("dryRun") == "All") {
    return {201, pod.dump(), std::nullopt};
  }
  if (target.ns == kJobs) {
    return Failure(422, "Invalid", "the model's controller makes no pod of a Job by itself");
  }
  ApplyAdmission(pod);
  pod["status"] = {{"phase", "Pending"}};
  return {201, database_.Put(Kind::kPod, std::move(pod), actor)->text(), std::nullopt};
}

port::Response ApiServer::CreatePodTemplate(const Target& target,
                                            Json saved,
                                            const std::string& actor) {
  saved["metadata"]["namespace"] = target.ns;
  if (!ValueAt(saved, {"template", "spec", "containers"}).is_array()) {
    return Failure(422, "Invalid", "template.spec.containers: Required value");
  }
  if (terminating_.contains(target.ns)) {
    return Failure(403, "Forbidden", "podtemplates is forbidden: the namespace is terminating");
  }
  if (database_.Find(Kind::kPodTemplate, KeyOf(saved)) != nullptr) {
    return Failure(409, "AlreadyExists", "podtemplates \"" + NameOf(saved) + "\" already exists");
  }
  return {201, database_.Put(Kind::kPodTemplate, std::move(saved), actor)->text(), std::nullopt};
}

}  // namespace cu::simulation
