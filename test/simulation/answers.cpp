#include "answers.hpp"

namespace cu::simulation {
namespace {

// Sorted as they are to be printed.
constexpr const char* kDone = "eviction: 201";
constexpr const char* kGone = "eviction: 404 gone";
constexpr const char* kOther = "eviction: 409 another UID";
constexpr const char* kBudget = "eviction: 429 budget";
constexpr const char* kStale = "eviction: 429 budget's controller behind";
constexpr const char* kBusy = "eviction: 429, 503 overload";
constexpr const char* kLeaving = "eviction: 403 namespace terminating";
constexpr const char* kForbidden = "eviction: 403 right or admission";
constexpr const char* kTwo = "eviction: 500 two budgets";
constexpr const char* kToken = "eviction: 401 token";
constexpr const char* kNone = "eviction: no answer";
constexpr const char* kDeleted = "past its budgets: 200";
constexpr const char* kSaved = "saved: 201";
constexpr const char* kSavedBefore = "saved: 409 exists";
constexpr const char* kCreated = "created again: 201";
constexpr const char* kCreatedBefore = "created again: 409 exists";
constexpr const char* kRefused = "created again: 403";
constexpr const char* kForgotten = "forgotten: 200";

std::string KindOf(const port::Response& response) {
  const bool budget = response.body.find("DisruptionBudget\"") != std::string::npos;
  switch (response.status) {
    case 201:
      return kDone;
    case 404:
      return kGone;
    case 409:
      return kOther;
    case 429:
      return !budget ? kBusy : response.retry_after ? kStale : kBudget;
    case 503:
      return kBusy;
    case 403:
      return response.body.find("NamespaceTerminating") != std::string::npos ? kLeaving
                                                                             : kForbidden;
    case 500:
      return kTwo;
    case 401:
      return kToken;
    default:
      return "eviction: " + std::to_string(response.status);
  }
}

/// Of acts on pods other than evictions, and on PodTemplates; "": none that is counted.
std::string KindOfAct(const Call& call, int status) {
  const bool pod = call.target.resource == "pods";
  if (!call.mutating || (!pod && call.target.resource != "podtemplates")) {
    return {};
  }
  if (call.request.method == port::Method::kDelete) {
    return status == 200 ? (pod ? kDeleted : kForgotten) : "";
  }
  switch (status) {
    case 201:
      return pod ? kCreated : kSaved;
    case 409:
      return pod ? kCreatedBefore : kSavedBefore;
    case 403:
      return pod ? kRefused : "";
    default:
      return {};
  }
}

}  // namespace

const std::map<std::string, std::uint64_t>& Answers::Kinds() {
  static const std::map<std::string, std::uint64_t> kKinds{{kDone, 0},
                                                           {kGone, 0},
                                                           {kOther, 0},
                                                           {kBudget, 0},
                                                           {kStale, 0},
                                                           {kBusy, 0},
                                                           {kLeaving, 0},
                                                           {kForbidden, 0},
                                                           {kTwo, 0},
                                                           {kToken, 0},
                                                           {kNone, 0},
                                                           {kDeleted, 0},
                                                           {kSaved, 0},
                                                           {kCreated, 0},
                                                           {kRefused, 0},
                                                           {kForgotten, 0}};
  return kKinds;
}

void Answers::OnDelivered(const Call& call, const port::Response& response) {
  if (call.target.subresource == "eviction") {
    ++counts_[KindOf(response)];
  } else if (const std::string kind = KindOfAct(call, response.status); !kind.empty()) {
    ++counts_[kind];
  }
}

void Answers::OnUnanswered(const Call& call) {
  if (call.target.subresource == "eviction") {
    ++counts_[kNone];
  }
}

}  // namespace cu::simulation
