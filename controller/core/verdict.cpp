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
using planner::ActionKind;
using planner::Outcome;

constexpr std::size_t kMessageLimit = 1000;

bool NamesUid(const codec::ApiStatus& status) {
  // Names of objects are lower case and hold no spaces: they cannot look like either.
  return status.message.find("UID") != std::string::npos ||
         status.message.find("uid mismatch") != std::string::npos ||
         std::any_of(status.causes.begin(), status.causes.end(), [](const auto& cause) {
           return cause.field == "metadata.uid";
         });
}

/// What a dry run is answered with where a webhook with side effects would have to be called
/// (k8s.io/apiserver pkg/admission/plugin/webhook/errors/statuserror.go, NewDryRunUnsupportedErr).
bool CannotBeJudged(ActionKind kind, const codec::ApiStatus& status) {
  return kind == ActionKind::kDryRunJob &&
         status.message.find("does not support dry run") != std::string::npos;
}

bool BudgetIsBeingProcessed(const codec::ApiStatus& status) {
  return std::any_of(status.causes.begin(), status.causes.end(), [](const auto& cause) {
    return cause.message.find("still being processed") != std::string::npos;
  });
}

Outcome OfThrottled(ActionKind kind, const codec::ApiStatus& status, bool retry_after) {
  if (kind != ActionKind::kEvict || !HasCause(status, "DisruptionBudget")) {
    return Outcome::kOverload;
  }
  return retry_after || BudgetIsBeingProcessed(status) ? Outcome::kBudgetStale : Outcome::kNoBudget;
}

Outcome OfConflict(const codec::ApiStatus& status) {
  if (status.reason == "AlreadyExists") {
    return Outcome::kExists;
  }
  if (HasCause(status, "FieldManagerConflict")) {
    return Outcome::kConflict;
  }
  return NamesUid(status) ? Outcome::kGone : Outcome::kConflict;
}

bool Creates(ActionKind kind) {
  return kind == ActionKind::kCreateJob || kind == ActionKind::kDryRunJob ||
         kind == ActionKind::kSavePodTemplate || kind == ActionKind::kRecreatePod;
}

Outcome OutcomeOf(ActionKind kind, int code, const codec::ApiStatus& status, bool retry_after) {
  if (CannotBeJudged(kind, status)) {
    return Outcome::kUnjudged;
  }
  switch (code) {
    case 400:
    case 413:
      return Outcome::kInvalid;
    case 403:
      return HasCause(status, "NamespaceTerminating") ? Outcome::kTerminating : Outcome::kForbidden;
    case 404:
      return Creates(kind) ? Outcome::kForbidden : Outcome::kGone;
    case 409:
      return OfConflict(status);
    case 422:
      return !Creates(kind) && NamesUid(status) ? Outcome::kGone : Outcome::kInvalid;
    case 429:
      return OfThrottled(kind, status, retry_after);
    case 500:
      return kind == ActionKind::kEvict &&
                     status.message.find("more than one PodDisruptionBudget") != std::string::npos
                 ? Outcome::kTwoBudgets
                 : Outcome::kUnknown;
    case 503:
      return Outcome::kOverload;
    default:
      return code >= 200 && code < 300 ? Outcome::kAccepted : Outcome::kUnknown;
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

Judgement Classify(ActionKind kind, const port::Response& response) {
  if (response.status >= 200 && response.status < 300) {
    const bool denied =
        kind == ActionKind::kCheckAccess && !codec::DecodeAccessAllowed(response.body);
    return {denied ? Outcome::kForbidden : Outcome::kAccepted, "", std::nullopt};
  }
  const codec::ApiStatus status = codec::DecodeApiStatus(response.body);
  std::optional<std::chrono::seconds> retry_after = kube::RetryAfterOf(response);
  if (!retry_after && status.retry_after_seconds > 0) {
    retry_after = std::min(std::chrono::seconds(status.retry_after_seconds), kube::kLongestWait);
  }
  return {OutcomeOf(kind, response.status, status, retry_after.has_value()),
          MessageOf(status, response.status),
          retry_after};
}

Judgement Classify(const base::Error& error) {
  return {Outcome::kUnknown, base::Cut(error.message, kMessageLimit), std::nullopt};
}

Judgement Unusable(const base::Error& error) {
  return {Outcome::kInvalid, base::Cut(error.message, kMessageLimit), std::nullopt};
}

}  // namespace cu::core
