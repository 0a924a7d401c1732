#pragma once
#include <chrono>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "core/actions/handling.hpp"
#include "planner/model/action.hpp"
#include "port/port.hpp"

namespace cu::core {

/// What an answer means for the action that it answers.
struct Judgement {
  planner::Outcome outcome = planner::Outcome::kUnknown;
  std::string message;  ///< the server's, at most 1,000 characters; "" when accepted
  std::optional<std::chrono::seconds> retry_after;
};

/// Pure. The evidence, as kube-apiserver 1.36 gives it to every kind of action; what one kind alone
/// is answered is judged by its `handling`:
/// - A denial by a webhook or a policy is kDenied, whatever its code (kube::IsDenial).
/// - 429 and 503 are overload.
/// - A namespace that is being deleted: 403 with cause NamespaceTerminating.
/// - 409 is a conflict. A UID precondition that misses is one too, and nothing but the words tells
///   it: whether the object is still the one that was meant is seen in the watch. Apply with
///   metadata.uid to an object that was replaced: 422 with a cause on field metadata.uid.
/// - A create answered with 404 lacks its namespace: a person has to act, as with 403.
/// - 401 after Calls has repeated with a fresh token is kUnknown: keys may be rotating.
Judgement Judge(const Handling& handling, const port::Response& response);

/// A call without an answer.
Judgement Unanswered(const base::Error& error);

/// An action of which no request can be made: kInvalid.
Judgement Unusable(const base::Error& error);

}  // namespace cu::core
