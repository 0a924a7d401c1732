#pragma once
#include <chrono>
#include <optional>
#include <string>

#include "planner/model/action.hpp"
#include "port/port.hpp"

namespace cu::core {

/// What an answer means for the act that it answers.
struct Judgement {
  planner::Outcome outcome = planner::Outcome::kUnknown;
  std::string message;  ///< the server's, at most 1,000 characters; "" when accepted
  std::optional<std::chrono::seconds> retry_after;
};

/// Pure. The evidence, as kube-apiserver 1.36 gives it:
/// - Eviction against a budget: 429 with cause DisruptionBudget; with Retry-After (or "still being
///   processed") the budget's controller lags, without it the budget has no room. Any other 429,
///   and 503, is overload.
/// - A pod under two budgets: 500 InternalError; its message ("more than one PodDisruptionBudget")
///   is the only evidence.
/// - A namespace that is being deleted: 403 with cause NamespaceTerminating.
/// - A UID precondition that misses: 409 whose message names the UID. Apply with metadata.uid: 409
///   "uid mismatch" when the object is absent, 422 on field metadata.uid when it was replaced.
/// - A create answered with 404 lacks its namespace: a person has to act, as with 403.
/// - 401 after Calls has repeated with a fresh token is kUnknown: keys may be rotating.
Judgement Classify(planner::ActionKind verb, const port::Response& response);

/// A call without an answer.
Judgement Classify(const base::Error& error);

/// An act of which no request can be made: kInvalid.
Judgement Unusable(const base::Error& error);

}  // namespace cu::core
