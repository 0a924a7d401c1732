#include "core/verdict.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "codec/decode.hpp"
#include "kube/responses.hpp"

namespace cu::core {
namespace {

using kube::HasCause;
using planner::Verb;
using planner::Verdict;

constexpr std::size_t kMessageLimit = 1000;

bool NamesUid(const codec::ApiStatus& status) {
  // Names of objects are lower case and hold no spaces: they cannot look like either.
  return status.message.find("UID") != std::string::npos ||
         status.message.find("uid mismatch") != std::string::npos ||
         std::any_of(status.causes.begin(), status.causes.end(), [](const auto& cause) {
           return cause.field == "metadata.uid";
         });
}

bool BudgetIsBeingProcessed(const codec::ApiStatus& status) {
  return std::any_of(status.causes.begin(), status.causes.end(), [](const auto& cause) {
    return cause.message.find("still being processed") != std::string::npos;
  });
}

Verdict OfThrottled(Verb verb, const codec::ApiStatus& status, bool retry_after) {
  if (verb != Verb::kEvict || !HasCause(status, "DisruptionBudget")) {
    return Verdict::kOverload;
  }
  return retry_after || BudgetIsBeingProcessed(status) ? Verdict::kBudgetStale : Verdict::kNoBudget;
}

Verdict OfConflict(const codec::ApiStatus& status) {
  if (status.reason == "AlreadyExists") {
    return Verdict::kExists;
  }
  if (HasCause(status, "FieldManagerConflict")) {
    return Verdict::kConflict;
  }
  return NamesUid(status) ? Verdict::kGone : Verdict::kConflict;
}

bool Creates(Verb verb) {
  return verb == Verb::kCreateJob || verb == Verb::kDryRunJob || verb == Verb::kSavePod ||
         verb == Verb::kRecreatePod;
}

Verdict VerdictOf(Verb verb, int code, const codec::ApiStatus& status, bool retry_after) {
  switch (code) {
    case 400:
    case 413:
      return Verdict::kInvalid;
    case 403:
      return HasCause(status, "NamespaceTerminating") ? Verdict::kTerminating : Verdict::kForbidden;
    case 404:
      return Creates(verb) ? Verdict::kForbidden : Verdict::kGone;
    case 409:
      return OfConflict(status);
    case 422:
      return !Creates(verb) && NamesUid(status) ? Verdict::kGone : Verdict::kInvalid;
    case 429:
      return OfThrottled(verb, status, retry_after);
    case 500:
      return verb == Verb::kEvict &&
                     status.message.find("more than one PodDisruptionBudget") != std::string::npos
                 ? Verdict::kTwoBudgets
                 : Verdict::kUnknown;
    case 503:
      return Verdict::kOverload;
    default:
      return code >= 200 && code < 300 ? Verdict::kAccepted : Verdict::kUnknown;
  }
}

std::string MessageOf(const codec::ApiStatus& status, int code) {
  std::string message = status.message.empty() ? "HTTP " + std::to_string(code) : status.message;
  for (const auto& cause : status.causes) {
    if (cause.reason == "DisruptionBudget" && !cause.message.empty()) {
      message += " " + cause.message;
    }
  }
  return base::Cut(std::move(message), kMessageLimit);
}

}  // namespace

Judgement Classify(Verb verb, const port::Response& response) {
  if (response.status >= 200 && response.status < 300) {
    const bool denied = verb == Verb::kAskRight && !codec::DecodeAccessAllowed(response.body);
    return {denied ? Verdict::kForbidden : Verdict::kAccepted, "", std::nullopt};
  }
  const codec::ApiStatus status = codec::DecodeApiStatus(response.body);
  std::optional<std::chrono::seconds> retry_after = kube::RetryAfterOf(response);
  if (!retry_after && status.retry_after_seconds > 0) {
    retry_after = std::min(std::chrono::seconds(status.retry_after_seconds), kube::kLongestWait);
  }
  return {VerdictOf(verb, response.status, status, retry_after.has_value()),
          MessageOf(status, response.status),
          retry_after};
}

Judgement Classify(const base::Error& error) {
  return {Verdict::kUnknown, base::Cut(error.message, kMessageLimit), std::nullopt};
}

Judgement Unusable(const base::Error& error) {
  return {Verdict::kInvalid, base::Cut(error.message, kMessageLimit), std::nullopt};
}

}  // namespace cu::core
