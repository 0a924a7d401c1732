#include "drain_coverage.hpp"

namespace cu::simulation {
namespace {

constexpr const char* kEvicted = "eviction: 201";
constexpr const char* kNotFound = "eviction: 404 pod not found";
constexpr const char* kOtherUid = "eviction: 409 another UID";
constexpr const char* kBudget = "eviction: 429 budget";
constexpr const char* kStaleBudget = "eviction: 429 budget's status is stale";
constexpr const char* kOverload = "eviction: 429, 503 overload";
constexpr const char* kTerminating = "eviction: 403 namespace terminating";
constexpr const char* kForbidden = "eviction: 403 forbidden";
constexpr const char* kTwoBudgets = "eviction: 500 two budgets";
constexpr const char* kUnauthorized = "eviction: 401 unauthorized";
constexpr const char* kDenied = "eviction: denied by a webhook";
constexpr const char* kNoAnswer = "eviction: no answer";
constexpr const char* kPodDeleted = "pod deleted past its budgets: 200";
constexpr const char* kTemplateCreated = "pod saved: 201";
constexpr const char* kTemplateExists = "pod saved: 409 exists";
constexpr const char* kPodCreated = "saved pod created: 201";
constexpr const char* kPodExists = "saved pod created: 409 exists";
constexpr const char* kPodRefused = "saved pod created: 403";
constexpr const char* kTemplateDeleted = "saved pod's template deleted: 200";

std::string KindOf(const port::Response& response) {
  const bool budget = response.body.find("DisruptionBudget\"") != std::string::npos;
  if (response.body.find("admission webhook ") != std::string::npos) {
    return kDenied;
  }
  switch (response.status) {
    case 201:
      return kEvicted;
    case 404:
      return kNotFound;
    case 409:
      return kOtherUid;
    case 429:
      return !budget ? kOverload : response.retry_after ? kStaleBudget : kBudget;
    case 503:
      return kOverload;
    case 403:
      return response.body.find("NamespaceTerminating") != std::string::npos ? kTerminating
                                                                             : kForbidden;
    case 500:
      return kTwoBudgets;
    case 401:
      return kUnauthorized;
    default:
      return "eviction: " + std::to_string(response.status);
  }
}

/// For actions on pods other than evictions and on PodTemplates; "" if it is not counted.
std::string KindOfAction(const Call& call, int status) {
  const bool pod = call.target.resource == "pods";
  if (!call.mutating || (!pod && call.target.resource != "podtemplates")) {
    return {};
  }
  if (call.request.method == port::Method::kDelete) {
    return status == 200 ? (pod ? kPodDeleted : kTemplateDeleted) : "";
  }
  switch (status) {
    case 201:
      return pod ? kPodCreated : kTemplateCreated;
    case 409:
      return pod ? kPodExists : kTemplateExists;
    case 403:
      return pod ? kPodRefused : "";
    default:
      return {};
  }
}

}  // namespace

const std::map<std::string, std::uint64_t>& DrainCoverage::Kinds() {
  static const std::map<std::string, std::uint64_t> kKinds{{kEvicted, 0},
                                                           {kNotFound, 0},
                                                           {kOtherUid, 0},
                                                           {kBudget, 0},
                                                           {kStaleBudget, 0},
                                                           {kOverload, 0},
                                                           {kTerminating, 0},
                                                           {kForbidden, 0},
                                                           {kTwoBudgets, 0},
                                                           {kUnauthorized, 0},
                                                           {kDenied, 0},
                                                           {kNoAnswer, 0},
                                                           {kPodDeleted, 0},
                                                           {kTemplateCreated, 0},
                                                           {kPodCreated, 0},
                                                           {kPodRefused, 0},
                                                           {kTemplateDeleted, 0}};
  return kKinds;
}

void DrainCoverage::OnDelivered(const Call& call, const port::Response& response) {
  if (call.target.subresource == "eviction") {
    ++counts_[KindOf(response)];
  } else if (const std::string kind = KindOfAction(call, response.status); !kind.empty()) {
    ++counts_[kind];
  }
}

void DrainCoverage::OnUnanswered(const Call& call) {
  if (call.target.subresource == "eviction") {
    ++counts_[kNoAnswer];
  }
}

}  // namespace cu::simulation
