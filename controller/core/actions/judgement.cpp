#include "core/actions/judgement.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/text.hpp"
#include "codec/decode.hpp"
#include "kube/responses.hpp"

namespace cu::core {
namespace {

using kube::HasCause;
using planner::Outcome;

constexpr std::size_t kMessageLimit = 1000;
constexpr std::string_view kUidField = "metadata.uid";

bool NamesUid(const codec::ApiStatus& status) {
  return std::any_of(status.causes.begin(), status.causes.end(), [](const auto& cause) {
    return cause.field == kUidField;
  });
}

Outcome OutcomeOf(const Handling& handling, int code, const codec::ApiStatus& status) {
  switch (code) {
    case 400:
    case 413:
      return Outcome::kInvalid;
    case 403:
      return HasCause(status, kube::kNamespaceTerminating) ? Outcome::kTerminating
                                                           : Outcome::kForbidden;
    case 404:
      return handling.creates ? Outcome::kForbidden : Outcome::kGone;
    case 409:
      return status.reason == kube::kAlreadyExists ? Outcome::kExists : Outcome::kConflict;
    case 422:
      return !handling.creates && NamesUid(status) ? Outcome::kGone : Outcome::kInvalid;
    case 429:
    case 503:
      return Outcome::kOverload;
    default:
      return Outcome::kUnknown;
  }
}

std::string MessageOf(const codec::ApiStatus& status, int code) {
  std::string message = status.message.empty() ? "HTTP " + std::to_string(code) : status.message;
  for (const auto& cause : status.causes) {
    if (cause.reason == kube::kDisruptionBudget && !cause.message.empty()) {
      message += " " + cause.message;
    }
  }
  return base::Cut(std::move(message), kMessageLimit);
}

}  // namespace

Judgement Judge(const Handling& handling, const port::Response& response) {
  const int code = response.status;
  const bool accepted = code >= 200 && code < 300;
  const codec::ApiStatus status =
      accepted ? codec::ApiStatus{} : codec::DecodeApiStatus(response.body);
  std::optional<std::chrono::seconds> retry_after;
  if (!accepted) {
    retry_after = kube::RetryAfterOf(response);
    if (!retry_after && status.retry_after_seconds > 0) {
      retry_after = std::min(std::chrono::seconds(status.retry_after_seconds), kube::kLongestWait);
    }
  }
  if (!accepted && kube::IsDenial(status)) {
    return {Outcome::kDenied, MessageOf(status, code), retry_after};
  }
  const Answer answer{code, response.body, status, retry_after.has_value()};
  const std::optional<Outcome> own =
      handling.judge == nullptr ? std::nullopt : handling.judge(answer);
  if (accepted) {
    return {own.value_or(Outcome::kAccepted), "", std::nullopt};
  }
  return {own ? *own : OutcomeOf(handling, code, status), MessageOf(status, code), retry_after};
}

Judgement Unanswered(const base::Error& error) {
  return {Outcome::kUnknown, base::Cut(error.message, kMessageLimit), std::nullopt};
}

Judgement Unusable(const base::Error& error) {
  return {Outcome::kInvalid, base::Cut(error.message, kMessageLimit), std::nullopt};
}

}  // namespace cu::core
