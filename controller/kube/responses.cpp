#include "kube/responses.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "base/text.hpp"

namespace cu::kube {
namespace {

constexpr std::size_t kMaxMessage = 1000;

base::ErrorKind KindOf(int code) {
  switch (code) {
    case 401:
    case 403:
    case 404:
    case 409:
    case 429:
      return base::ErrorKind::kRefused;
    case 410:
      return base::ErrorKind::kGone;
    default:
      return code >= 400 && code < 500 ? base::ErrorKind::kInvalid : base::ErrorKind::kUnavailable;
  }
}

base::Error Describe(int code, const codec::ApiStatus& status) {
  std::string message = std::to_string(code);
  if (!status.reason.empty()) {
    message += " " + status.reason;
  }
  if (!status.message.empty()) {
    message += ": " + status.message;
  }
  return {KindOf(code), base::Cut(std::move(message), kMaxMessage)};
}

}  // namespace

bool Succeeded(const port::Response& response) {
  return response.status >= 200 && response.status <= 202;
}

base::Error ErrorOf(const port::Response& response) {
  return Describe(response.status, codec::DecodeApiStatus(response.body));
}

base::Error ErrorOf(const codec::ApiStatus& status) {
  return Describe(status.code, status);
}

bool HasCause(const codec::ApiStatus& status, std::string_view reason) {
  return std::any_of(status.causes.begin(), status.causes.end(), [&](const auto& cause) {
    return cause.reason == reason;
  });
}

bool IsDenial(const codec::ApiStatus& status) {
  constexpr std::string_view kWebhook = "admission webhook \"";
  constexpr std::string_view kDenied = "\" denied the request";
  constexpr std::string_view kPolicy = "ValidatingAdmissionPolicy '";
  const std::string_view message = status.message;
  if (message.starts_with(kWebhook)) {
    const std::size_t end = message.find('"', kWebhook.size());
    if (end != std::string_view::npos && message.substr(end).starts_with(kDenied)) {
      return true;
    }
  }
  return std::any_of(status.causes.begin(), status.causes.end(), [&](const auto& cause) {
    return cause.message.starts_with(kPolicy);
  });
}

bool IsBudgetAnswer(const port::Response& response) {
  if (response.status != 429) {
    return false;
  }
  const codec::ApiStatus status = codec::DecodeApiStatus(response.body);
  return HasCause(status, kDisruptionBudget) && !IsDenial(status);
}

std::optional<std::chrono::seconds> RetryAfterOf(const port::Response& response) {
  if (!response.retry_after) {
    return std::nullopt;
  }
  return std::min(*response.retry_after, kLongestWait);
}

bool IsOverload(const port::Response& response) {
  const bool code = response.status == 429 || response.status >= 500;
  if (!code || !response.retry_after || IsBudgetAnswer(response)) {
    return false;
  }
  const codec::ApiStatus status = codec::DecodeApiStatus(response.body);
  return !IsDenial(status) && !IsResourceVersionTooLarge(status);
}

bool IsResourceVersionTooLarge(const codec::ApiStatus& status) {
  return status.code == 504 && HasCause(status, "ResourceVersionTooLarge");
}

}  // namespace cu::kube
