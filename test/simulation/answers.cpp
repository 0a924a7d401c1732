#include "answers.hpp"

namespace cu::simulation {
namespace {

constexpr const char* kDone = "201 evicted";
constexpr const char* kGone = "404 gone";
constexpr const char* kOther = "409 another UID";
constexpr const char* kBudget = "429 budget";
constexpr const char* kStale = "429 budget's controller behind";
constexpr const char* kBusy = "429, 503 overload";
constexpr const char* kLeaving = "403 namespace terminating";
constexpr const char* kForbidden = "403 right or admission";
constexpr const char* kTwo = "500 two budgets";
constexpr const char* kToken = "401 token";
constexpr const char* kNone = "no answer";

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
      return std::to_string(response.status);
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
                                                           {kNone, 0}};
  return kKinds;
}

void Answers::OnDelivered(const Call& call, const port::Response& response) {
  if (call.target.subresource == "eviction") {
    ++counts_[KindOf(response)];
  }
}

void Answers::OnUnanswered(const Call& call) {
  if (call.target.subresource == "eviction") {
    ++counts_[kNone];
  }
}

}  // namespace cu::simulation
