#include "core/verdict.hpp"

#include <string>

#include <catch2/catch.hpp>

namespace cu::core {
namespace {

using planner::ActionKind;
using planner::Outcome;

std::string Status(const std::string& reason,
                   const std::string& message,
                   const std::string& details = "{}") {
  return R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":")" +
         message + R"(","reason":")" + reason + R"(","details":)" + details + R"(,"code":0})";
}

port::Response ActionResult(int code, const std::string& body) {
  return {code, body, std::nullopt};
}

const std::string kBudgetCause =
    R"({"causes":[{"reason":"DisruptionBudget","message":"The disruption budget web needs 2 healthy pods and has 2 currently"}]})";
const std::string kStaleCause =
    R"({"causes":[{"reason":"DisruptionBudget","message":"The disruption budget web is still being processed by the server."}],"retryAfterSeconds":10})";

TEST_CASE("an eviction that the budget has no room for is told from one that it is not ready for",
          "[core]") {
  const auto none = Classify(ActionKind::kEvict,
                             ActionResult(429, Status("TooManyRequests", "no", kBudgetCause)));
  CHECK(none.outcome == Outcome::kNoBudget);
  CHECK(none.message == "no The disruption budget web needs 2 healthy pods and has 2 currently");
  CHECK_FALSE(none.retry_after);

  const auto stale =
      Classify(ActionKind::kEvict, ActionResult(429, Status("TooManyRequests", "no", kStaleCause)));
  CHECK(stale.outcome == Outcome::kBudgetStale);
  CHECK(stale.retry_after == std::chrono::seconds(10));

  auto header = ActionResult(429, Status("TooManyRequests", "no", kBudgetCause));
  header.retry_after = std::chrono::seconds(3);
  CHECK(Classify(ActionKind::kEvict, header).outcome == Outcome::kBudgetStale);
}

TEST_CASE("a 429 without a budget's cause is overload for every verb", "[core]") {
  CHECK(Classify(ActionKind::kEvict, ActionResult(429, "slow down")).outcome == Outcome::kOverload);
  CHECK(Classify(ActionKind::kCordon,
                 ActionResult(429, Status("TooManyRequests", "no", kBudgetCause)))
            .outcome == Outcome::kOverload);
  CHECK(Classify(ActionKind::kCreateJob, ActionResult(503, "")).outcome == Outcome::kOverload);
}

TEST_CASE("a pod under two budgets is known by the message of its 500", "[core]") {
  const std::string body =
      Status("InternalError",
             "This pod has more than one PodDisruptionBudget, which the eviction subresource does "
             "not support.");
  CHECK(Classify(ActionKind::kEvict, ActionResult(500, body)).outcome == Outcome::kTwoBudgets);
  CHECK(Classify(ActionKind::kCordon, ActionResult(500, body)).outcome == Outcome::kUnknown);
  CHECK(Classify(ActionKind::kEvict, ActionResult(500, "oops")).outcome == Outcome::kUnknown);
}

TEST_CASE("a namespace that is being deleted is not a lack of rights", "[core]") {
  const std::string body =
      Status("Forbidden", "no", R"({"causes":[{"reason":"NamespaceTerminating","message":"x"}]})");
  CHECK(Classify(ActionKind::kEvict, ActionResult(403, body)).outcome == Outcome::kTerminating);
  CHECK(Classify(ActionKind::kEvict, ActionResult(403, Status("Forbidden", "no"))).outcome ==
        Outcome::kForbidden);
}

TEST_CASE("a conflict over the UID means gone, any other means our copy was old", "[core]") {
  const std::string uid =
      Status("Conflict", "Precondition failed: UID in precondition: a, UID in object meta: b");
  const std::string old =
      Status("Conflict",
             "Operation cannot be fulfilled on pods \\\"druid-0\\\": the object has been modified");
  for (const ActionKind verb : {ActionKind::kEvict,
                                ActionKind::kDeletePod,
                                ActionKind::kDeleteJob,
                                ActionKind::kExpireJob}) {
    CHECK(Classify(verb, ActionResult(409, uid)).outcome == Outcome::kGone);
    CHECK(Classify(verb, ActionResult(409, old)).outcome == Outcome::kConflict);
    CHECK(Classify(verb, ActionResult(404, "")).outcome == Outcome::kGone);
  }
}

TEST_CASE("an apply on a node that is absent or replaced means gone", "[core]") {
  const std::string absent =
      Status("Conflict",
             "uid mismatch: the provided object specified uid a, and no existing object was found");
  const std::string replaced = Status(
      "Invalid",
      "bad",
      R"({"causes":[{"reason":"FieldValueInvalid","message":"immutable","field":"metadata.uid"}]})");
  const std::string taken = Status(
      "Conflict",
      "Apply failed with 1 conflict",
      R"({"causes":[{"reason":"FieldManagerConflict","message":"x","field":".spec.unschedulable"}]})");
  for (const ActionKind verb : {ActionKind::kCordon,
                                ActionKind::kRelease,
                                ActionKind::kSetHints,
                                ActionKind::kClearHints}) {
    CHECK(Classify(verb, ActionResult(409, absent)).outcome == Outcome::kGone);
    CHECK(Classify(verb, ActionResult(422, replaced)).outcome == Outcome::kGone);
    CHECK(Classify(verb, ActionResult(409, taken)).outcome == Outcome::kConflict);
    CHECK(Classify(verb, ActionResult(422, Status("Invalid", "bad"))).outcome == Outcome::kInvalid);
  }
}

TEST_CASE("a create tells an object that is there from a namespace that is not", "[core]") {
  CHECK(Classify(ActionKind::kCreateJob, ActionResult(409, Status("AlreadyExists", "there")))
            .outcome == Outcome::kExists);
  CHECK(Classify(ActionKind::kCreateJob, ActionResult(404, Status("NotFound", "namespace")))
            .outcome == Outcome::kForbidden);
  CHECK(Classify(ActionKind::kDryRunJob, ActionResult(422, Status("Invalid", "bad"))).outcome ==
        Outcome::kInvalid);
  CHECK(Classify(ActionKind::kDryRunJob, ActionResult(201, "{}")).outcome == Outcome::kAccepted);
}

TEST_CASE("an answer that fits nothing leaves the outcome unknown", "[core]") {
  for (const int code : {301, 401, 500, 502, 504}) {
    CHECK(Classify(ActionKind::kEvict, ActionResult(code, "<html>")).outcome == Outcome::kUnknown);
  }
  const auto lost = Classify(base::Error{base::ErrorKind::kTimeout, "no answer"});
  CHECK(lost.outcome == Outcome::kUnknown);
  CHECK(lost.message == "no answer");
}

TEST_CASE("a long message is cut to 1,000 characters and never inside a letter", "[core]") {
  const auto judged =
      Classify(ActionKind::kEvict,
               ActionResult(403, Status("Forbidden", std::string(999, 'a') + "\xC3\xA9")));
  CHECK(judged.message == std::string(999, 'a'));
}

}  // namespace
}  // namespace cu::core
