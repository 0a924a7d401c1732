#include "core/actions/access_actions.hpp"

#include "codec/encode/access_review_body.hpp"
#include "kube/paths.hpp"

namespace cu::core {
namespace {

using planner::Outcome;
using port::Request;

std::optional<Outcome> JudgeAccess(const Answer& answer) {
  const bool answered = answer.code >= 200 && answer.code < 300;
  return answered && !codec::DecodeAccessAllowed(answer.body) ? std::optional(Outcome::kForbidden)
                                                              : std::nullopt;
}

}  // namespace

Handling HandlingOf(const planner::CheckAccess&) {
  Handling handling;
  handling.judge = JudgeAccess;
  return handling;
}

base::Result<Request> RequestFor(const planner::CheckAccess& action, const Place&) {
  return Request::Post(kube::paths::AccessReviews(),
                       codec::AccessReviewBody(action.verb, action.resource));
}

}  // namespace cu::core
