#pragma once
#include <chrono>
#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "codec/decode.hpp"
#include "port/port.hpp"

/// What an answer of the API server means, as far as the protocol itself says it.
namespace cu::kube {

/// 200, 201, 202.
bool Succeeded(const port::Response& response);

/// A refusal with a message for people ("403 Forbidden: nodes is forbidden: …", at most 1,000
/// characters). By code: 410 kGone; 401, 403, 404, 409 and 429 kRefused; other 4xx kInvalid;
/// everything else kUnavailable.
base::Error ErrorOf(const port::Response& response);
/// The same for a Status that came as an ERROR event of a watch.
base::Error ErrorOf(const codec::ApiStatus& status);

/// Reasons of a Status and of its causes (k8s.io/apimachinery pkg/apis/meta/v1/types.go;
/// k8s.io/api policy/v1 types.go, DisruptionBudgetCause).
inline constexpr std::string_view kAlreadyExists = "AlreadyExists";
inline constexpr std::string_view kDisruptionBudget = "DisruptionBudget";
inline constexpr std::string_view kFieldManagerConflict = "FieldManagerConflict";
inline constexpr std::string_view kNamespaceTerminating = "NamespaceTerminating";
bool HasCause(const codec::ApiStatus& status, std::string_view reason);
/// An admission webhook or a ValidatingAdmissionPolicy has denied this one request. Its author
/// chooses code, reason, causes and retryAfterSeconds, so none of them says anything about the
/// server. The API server itself puts these words first, and nothing else tells such an answer:
/// - `admission webhook "NAME" denied the request…` begins the message (k8s.io/apiserver
///   pkg/admission/plugin/webhook/errors/statuserror.go, ToStatusErr);
/// - `ValidatingAdmissionPolicy 'NAME' …` begins the message of a cause
///   (pkg/admission/plugin/policy/validating/dispatcher.go, Dispatch).
bool IsDenial(const codec::ApiStatus& status);
/// A 429 of pods/eviction on account of a budget (cause DisruptionBudget), with or without
/// Retry-After: it says nothing about the server's load.
bool IsBudgetAnswer(const port::Response& response);
/// A proxy may ask for any time: longer than this nobody waits.
constexpr std::chrono::seconds kLongestWait{120};
/// What Retry-After asks for, at most kLongestWait.
std::optional<std::chrono::seconds> RetryAfterOf(const port::Response& response);
/// 429 or 5xx with Retry-After: the server asks everybody to wait (kube-apiserver says 500 when
/// etcd is in trouble). Not IsBudgetAnswer, nor IsDenial, which concern one request, nor
/// IsResourceVersionTooLarge, which concerns one list or watch.
bool IsOverload(const port::Response& response);
/// 504 with cause ResourceVersionTooLarge: this API server lags behind the version asked for.
bool IsResourceVersionTooLarge(const codec::ApiStatus& status);

}  // namespace cu::kube
