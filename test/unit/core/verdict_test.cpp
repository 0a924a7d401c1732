#include "core/verdict.hpp"

#include <string>

#include <catch2/catch.hpp>

namespace cu::core {
namespace {

using planner::Verb;
using planner::Verdict;

std::string Status(const std::string& reason,
                   const std::string& message,
                   const std::string& details = "{}") {
  return R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":")" +
         message + R"(","reason":")" + reason + R"(","details":)" + details + R"(,"code":0})";
}

port::Response Answer(int code, const std::string& body) {
  return {code, body, std::nullopt};
}

const std::string kBudgetCause =
    R"({"causes":[{"reason":"DisruptionBudget","message":"The disruption budget web needs 2 healthy pods and has 2 currently"}]})";
const std::string kStaleCause =
    R"({"causes":[{"reason":"DisruptionBudget","message":"The disruption budget web is still being processed by the server."}],"retryAfterSeconds":10})";

TEST_CASE("an eviction that the budget has no room for is told from one that it is not ready for",
          "[core]") {
  const auto none =
      Classify(Verb::kEvict, Answer(429, Status("TooManyRequests", "no", kBudgetCause)));
  CHECK(none.verdict == Verdict::kNoBudget);
  CHECK(none.message == "no The disruption budget web needs 2 healthy pods and has 2 currently");
  CHECK_FALSE(none.retry_after);

  const auto stale =
      Classify(Verb::kEvict, Answer(429, Status("TooManyRequests", "no", kStaleCause)));
  CHECK(stale.verdict == Verdict::kBudgetStale);
  CHECK(stale.retry_after == std::chrono::seconds(10));

  auto header = Answer(429, Status("TooManyRequests", "no", kBudgetCause));
  header.retry_after = std::chrono::seconds(3);
  CHECK(Classify(Verb::kEvict, header).verdict == Verdict::kBudgetStale);
}

TEST_CASE("a 429 without a budget's cause is overload for every verb", "[core]") {
  CHECK(Classify(Verb::kEvict, Answer(429, "slow down")).verdict == Verdict::kOverload);
  CHECK(
      Classify(Verb::kCordon, Answer(429, Status("TooManyRequests", "no", kBudgetCause))).verdict ==
      Verdict::kOverload);
  CHECK(Classify(Verb::kCreateJob, Answer(503, "")).verdict == Verdict::kOverload);
}

TEST_CASE("a pod under two budgets is known by the message of its 500", "[core]") {
  const std::string body =
      Status("InternalError",
             "This pod has more than one PodDisruptionBudget, which the eviction subresource does "
             "not support.");
  CHECK(Classify(Verb::kEvict, Answer(500, body)).verdict == Verdict::kTwoBudgets);
  CHECK(Classify(Verb::kCordon, Answer(500, body)).verdict == Verdict::kUnknown);
  CHECK(Classify(Verb::kEvict, Answer(500, "oops")).verdict == Verdict::kUnknown);
}

TEST_CASE("a namespace that is being deleted is not a lack of rights", "[core]") {
  const std::string body =
      Status("Forbidden", "no", R"({"causes":[{"reason":"NamespaceTerminating","message":"x"}]})");
  CHECK(Classify(Verb::kEvict, Answer(403, body)).verdict == Verdict::kTerminating);
  CHECK(Classify(Verb::kEvict, Answer(403, Status("Forbidden", "no"))).verdict ==
        Verdict::kForbidden);
}

TEST_CASE("a conflict over the UID means gone, any other means our copy was old", "[core]") {
  const std::string uid =
      Status("Conflict", "Precondition failed: UID in precondition: a, UID in object meta: b");
  const std::string old =
      Status("Conflict",
             "Operation cannot be fulfilled on pods \\\"druid-0\\\": the object has been modified");
  for (const Verb verb : {Verb::kEvict, Verb::kDeletePod, Verb::kDeleteJob, Verb::kExpireJob}) {
    CHECK(Classify(verb, Answer(409, uid)).verdict == Verdict::kGone);
    CHECK(Classify(verb, Answer(409, old)).verdict == Verdict::kConflict);
    CHECK(Classify(verb, Answer(404, "")).verdict == Verdict::kGone);
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
  for (const Verb verb : {Verb::kCordon, Verb::kRelease, Verb::kMark, Verb::kUnmark}) {
    CHECK(Classify(verb, Answer(409, absent)).verdict == Verdict::kGone);
    CHECK(Classify(verb, Answer(422, replaced)).verdict == Verdict::kGone);
    CHECK(Classify(verb, Answer(409, taken)).verdict == Verdict::kConflict);
    CHECK(Classify(verb, Answer(422, Status("Invalid", "bad"))).verdict == Verdict::kInvalid);
  }
}

TEST_CASE("a create tells an object that is there from a namespace that is not", "[core]") {
  CHECK(Classify(Verb::kCreateJob, Answer(409, Status("AlreadyExists", "there"))).verdict ==
        Verdict::kExists);
  CHECK(Classify(Verb::kCreateJob, Answer(404, Status("NotFound", "namespace"))).verdict ==
        Verdict::kForbidden);
  CHECK(Classify(Verb::kDryRunJob, Answer(422, Status("Invalid", "bad"))).verdict ==
        Verdict::kInvalid);
  CHECK(Classify(Verb::kDryRunJob, Answer(201, "{}")).verdict == Verdict::kAccepted);
}

TEST_CASE("an answer that fits nothing leaves the outcome unknown", "[core]") {
  for (const int code : {301, 401, 500, 502, 504}) {
    CHECK(Classify(Verb::kEvict, Answer(code, "<html>")).verdict == Verdict::kUnknown);
  }
  const auto lost = Classify(base::Error{base::ErrorKind::kTimeout, "no answer"});
  CHECK(lost.verdict == Verdict::kUnknown);
  CHECK(lost.message == "no answer");
}

TEST_CASE("a long message is cut to 1,000 characters and never inside a letter", "[core]") {
  const auto judged =
      Classify(Verb::kEvict, Answer(403, Status("Forbidden", std::string(999, 'a') + "\xC3\xA9")));
  CHECK(judged.message == std::string(999, 'a'));
}

}  // namespace
}  // namespace cu::core
