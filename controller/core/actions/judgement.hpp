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
/// - 429 and 503 are overload.
/// - A namespace that is being deleted: 403 with cause NamespaceTerminating.
/// - A UID precondition that misses: 409 whose message names the UID. Apply with metadata.uid: 409
///   "uid mismatch" when the object is absent, 422 on field metadata.uid when it was replaced.
/// - A create answered with 404 lacks its namespace: a person has to act, as with 403.
/// - 401 after Calls has repeated with a fresh token is kUnknown: keys may be rotating.
Judgement Judge(const Handling& handling, const port::Response& response);

/// A call without an answer.
Judgement Unanswered(const base::Error& error);

/// An action of which no request can be made: kInvalid.
Judgement Unusable(const base::Error& error);

}  // namespace cu::core
