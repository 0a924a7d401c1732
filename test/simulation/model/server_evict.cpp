#include <algorithm>
#include <utility>

#include "model/pods.hpp"
#include "model/server.hpp"

namespace cu::simulation {
namespace {

port::Response WithCause(port::Response response,
                         const std::string& reason,
                         const std::string& message) {
  Json body = Json::parse(response.body);
  body["details"]["causes"] = Json::array({{{"reason", reason}, {"message", message}}});
  response.body = body.dump();
  return response;
}

port::Response TooMany(const std::string& message, std::optional<std::chrono::seconds> wait) {
  port::Response response = ApiServer::Failure(429, "TooManyRequests", message);
  if (wait) {
    Json body = Json::parse(response.body);
    body["details"]["retryAfterSeconds"] = wait->count();
    response.body = body.dump();
    response.retry_after = wait;
  }
  return response;
}

}  // namespace

/// As pkg/registry/core/pod/storage/eviction.go. Preconditions are checked after the
/// budget was decremented: if one fails, the disruption stays counted until its timeout.
port::Response ApiServer::Evict(const Target& target,
                                const Json& eviction,
                                const std::string& actor) {
  const ObjectPtr pod = database_.Find(Kind::kPod, target.key());
  if (NameOf(eviction) != target.name) {
    return Failure(400, "BadRequest", "name in URL does not match name in Eviction object");
  }
  if (pod == nullptr) {
    return Failure(404, "NotFound", "pods \"" + target.name + "\" not found");
  }
  if (std::optional<port::Response> denied = DeniedByWebhook(pod->value())) {
    return *denied;
  }
  const Json& options = ValueAt(eviction, {"deleteOptions"});
  const bool pending = TextAt(pod->value(), {"status", "phase"}) == "Pending";
  if (!IsFinishedPod(pod->value()) && !pending && !IsDeleting(pod->value())) {
    if (terminating_.contains(target.ns)) {
      return WithCause(Failure(403, "Forbidden", "the namespace is being terminated"),
                       "NamespaceTerminating",
                       "namespace " + target.ns + " is being terminated");
    }
    if (std::optional<port::Response> refused = SpendBudget(pod->value())) {
      return *refused;
    }
  }
  const std::string uid = TextAt(options, {"preconditions", "uid"});
  if (!uid.empty() && uid != UidOf(pod->value())) {
    return Failure(409, "Conflict", "Precondition failed: UID in precondition: " + uid);
  }
  const port::Response deleted = DeletePod(pod, options, actor);
  if (deleted.status != 200) {
    return deleted;
  }
  return {201, Json{{"kind", "Status"}, {"status", "Success"}, {"code", 201}}.dump(), std::nullopt};
}

/// As k8s.io/apiserver pkg/admission/plugin/webhook/errors/statuserror.go.
std::optional<port::Response> ApiServer::DeniedByWebhook(const Json& pod) const {
  if (!webhook_ || TextAt(pod, {"metadata", "labels", "app"}) != webhook_->app) {
    return std::nullopt;
  }
  port::Response denial =
      Failure(webhook_->code,
              "",
              "admission webhook \"evictions.example.com\" denied the request: " + webhook_->words);
  if (!webhook_->cause.empty()) {
    denial = WithCause(std::move(denial), webhook_->cause, webhook_->words);
  }
  if (webhook_->retry_after) {
    Json body = Json::parse(denial.body);
    body["details"]["retryAfterSeconds"] = webhook_->retry_after->count();
    denial.body = body.dump();
    denial.retry_after = webhook_->retry_after;
  }
  return denial;
}

std::optional<port::Response> ApiServer::SpendBudget(const Json& pod) {
  std::vector<ObjectPtr> budgets;
  for (const auto& [key, budget] : database_.All(Kind::kBudget)) {
    const Json& selector = ValueAt(budget->value(), {"spec", "selector"});
    if (NamespaceOf(budget->value()) == NamespaceOf(pod) && selector.is_object() &&
        Selects(selector, ValueAt(pod, {"metadata", "labels"}))) {
      budgets.push_back(budget);
    }
  }
  if (budgets.empty()) {
    return std::nullopt;
  }
  if (budgets.size() > 1) {
    return Failure(500,
                   "InternalError",
                   "This pod has more than one PodDisruptionBudget, which the eviction subresource "
                   "does not support.");
  }
  const Json& budget = budgets.front()->value();
  const std::int64_t healthy = NumberAt(budget, {"status", "currentHealthy"});
  const std::int64_t desired = NumberAt(budget, {"status", "desiredHealthy"});
  if (!IsReadyPod(pod) &&
      (TextAt(budget, {"spec", "unhealthyPodEvictionPolicy"}) == "AlwaysAllow" ||
       (healthy >= desired && desired > 0))) {
    return std::nullopt;
  }
  if (NumberAt(budget, {"status", "observedGeneration"}) <
      NumberAt(budget, {"metadata", "generation"})) {
    return WithCause(
        TooMany("Cannot evict pod as it would violate the pod's disruption budget.",
                std::chrono::seconds{10}),
        "DisruptionBudget",
        "The disruption budget " + NameOf(budget) + " is still being processed by the server.");
  }
  const std::int64_t allowed = NumberAt(budget, {"status", "disruptionsAllowed"});
  if (allowed <= 0) {
    return WithCause(
        TooMany("Cannot evict pod as it would violate the pod's disruption budget.", std::nullopt),
        "DisruptionBudget",
        "The disruption budget " + NameOf(budget) + " needs " + std::to_string(desired) +
            " healthy pods and has " + std::to_string(healthy) + " currently");
  }
  Json spent = budget;
  spent["status"]["disruptionsAllowed"] = allowed - 1;
  spent["status"]["disruptedPods"][NameOf(pod)] = base::FormatTime(timeline_.wall());
  database_.Put(Kind::kBudget, std::move(spent), "apiserver");
  return std::nullopt;
}

port::Response ApiServer::DeletePod(const ObjectPtr& pod,
                                    const Json& options,
                                    const std::string& actor) {
  const Json& asked = ValueAt(options, {"gracePeriodSeconds"});
  const Json& own = ValueAt(pod->value(), {"spec", "terminationGracePeriodSeconds"});
  const std::int64_t grace = asked.is_number_integer() ? asked.get<std::int64_t>()
                             : own.is_number_integer() ? own.get<std::int64_t>()
                                                       : 30;
  const bool unbound = NodeNameOf(pod->value()).empty();
  if (grace <= 0 || unbound || IsFinishedPod(pod->value())) {
    RemoveStoppedPod(database_, KeyOf(pod->value()), actor);
    return {200, pod->text(), std::nullopt};
  }
  if (IsDeleting(pod->value()) &&
      grace >= NumberAt(pod->value(), {"metadata", "deletionGracePeriodSeconds"})) {
    return {200, pod->text(), std::nullopt};
  }
  Json deleting = pod->value();
  deleting["metadata"]["deletionTimestamp"] =
      base::FormatTime(timeline_.wall() + std::chrono::seconds{grace});
  deleting["metadata"]["deletionGracePeriodSeconds"] = grace;
  return {200, database_.Put(Kind::kPod, std::move(deleting), actor)->text(), std::nullopt};
}

}  // namespace cu::simulation
