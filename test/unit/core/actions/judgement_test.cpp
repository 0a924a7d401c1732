#include "core/actions/judgement.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "kube/responses.hpp"
#include "unit/core/actions/played.hpp"

namespace cu::core {
namespace {

using planner::Outcome;
using namespace std::chrono_literals;

TEST_CASE("a 429 without a budget's cause is overload for every action", "[core]") {
  CHECK(OutcomeOf(kEvict, 429, "slow down") == Outcome::kOverload);
  CHECK(OutcomeOf(kCordon, 429, Status("TooManyRequests", "no", kBudgetCause)) ==
        Outcome::kOverload);
  CHECK(OutcomeOf(kCreateJob, 503, "") == Outcome::kOverload);
}

TEST_CASE("a namespace that is being deleted is not a lack of rights", "[core]") {
  const std::string body =
      Status("Forbidden", "no", R"({"causes":[{"reason":"NamespaceTerminating","message":"x"}]})");
  CHECK(OutcomeOf(kEvict, 403, body) == Outcome::kTerminating);
  CHECK(OutcomeOf(kEvict, 403, Status("Forbidden", "no")) == Outcome::kForbidden);
}

TEST_CASE("a denial by admission is one, whatever code, reason and causes it comes with",
          "[core]") {
  const std::string words = GENERATE("no",
                                     "UID in precondition: a, uid mismatch",
                                     "This pod has more than one PodDisruptionBudget",
                                     "it does not support dry run");
  const std::string reason = GENERATE("", "AlreadyExists", "Conflict", "TooManyRequests");
  const std::string details =
      GENERATE(as<std::string>(),
               "{}",
               kBudgetCause,
               R"({"causes":[{"reason":"NamespaceTerminating"},{"field":"metadata.uid"}]})");
  for (const int code : {400, 401, 403, 404, 409, 410, 422, 429, 500, 503, 504}) {
    CHECK(OutcomeOf(kEvict, code, Denial(words, reason, details)) == Outcome::kDenied);
    CHECK(OutcomeOf(kCordon, code, Denial(words, reason, details)) == Outcome::kDenied);
    CHECK(OutcomeOf(kCreateJob, code, Denial(words, reason, details)) == Outcome::kDenied);
    CHECK(OutcomeOf(kDryRunJob, code, Denial(words, reason, details)) == Outcome::kDenied);
  }
  CHECK(Judged(kEvict, Reply(500, Denial(words))).message ==
        "admission webhook \"evict.example.com\" denied the request: " + words);
}

TEST_CASE("a denial by a policy is one too, and keeps the time that it asks for", "[core]") {
  const std::string policy = "ValidatingAdmissionPolicy 'keep' with binding 'b' denied request: no";
  const std::string body = Status("Invalid",
                                  "pods \\\"web-0\\\" is forbidden: " + policy,
                                  R"({"causes":[{"message":")" + policy + R"("}]})");
  CHECK(OutcomeOf(kEvict, 422, body) == Outcome::kDenied);
  const std::string waits = Denial("wait", "TooManyRequests", R"({"retryAfterSeconds":20})");
  CHECK(Judged(kEvict, {429, waits, 20s}).retry_after == 20s);
  CHECK(Judged(kEvict, {429, waits, std::nullopt}).retry_after == 20s);
}

TEST_CASE("words of a webhook elsewhere than at the beginning deny nothing", "[core]") {
  const std::string failing =
      R"(Internal error occurred: failed calling webhook \"x\": admission webhook \"x\" denied the request)";
  CHECK(OutcomeOf(kEvict, 500, Status("InternalError", failing)) == Outcome::kUnknown);
  CHECK(OutcomeOf(kEvict, 403, Status("Forbidden", R"(admission webhook \"x)")) ==
        Outcome::kForbidden);
}

TEST_CASE("any conflict but with what exists is one: the watch shows what is gone", "[core]") {
  const std::string uid =
      Status("Conflict", "Precondition failed: UID in precondition: a, UID in object meta: b");
  const std::string old =
      Status("Conflict",
             "Operation cannot be fulfilled on pods \\\"druid-0\\\": the object has been modified");
  for (const Handling& handling : {HandlingOf(kEvict),
                                   HandlingOf(kDeletePod),
                                   HandlingOf(kDeleteJob),
                                   HandlingOf(kExpireJob)}) {
    CHECK(Judge(handling, Reply(409, uid)).outcome == Outcome::kConflict);
    CHECK(Judge(handling, Reply(409, old)).outcome == Outcome::kConflict);
    CHECK(Judge(handling, Reply(404, "")).outcome == Outcome::kGone);
  }
}

TEST_CASE("a conflict with another field manager stays one, whatever that is called", "[core]") {
  const std::string body =
      Status("Conflict",
             "Apply failed with 1 conflict: conflict with UID-keeper: .spec.unschedulable",
             R"({"causes":[{"reason":"FieldManagerConflict","field":".spec.unschedulable"}]})");
  CHECK(OutcomeOf(kCordon, 409, body) == Outcome::kConflict);
}

TEST_CASE("what the server will never take is invalid, whatever the kind", "[core]") {
  for (const int code : {400, 413, 422}) {
    CHECK(OutcomeOf(kCordon, code, "") == Outcome::kInvalid);
    CHECK(OutcomeOf(kCreateJob, code, "") == Outcome::kInvalid);
  }
  const Judgement unusable = Unusable({base::ErrorKind::kInvalid, "the template is no object"});
  CHECK(unusable.outcome == Outcome::kInvalid);
  CHECK(unusable.message == "the template is no object");
}

TEST_CASE("only a create finds a missing namespace behind a 404 and a field behind a 422",
          "[core]") {
  const std::string uid =
      Status("Invalid", "bad", R"({"causes":[{"message":"immutable","field":"metadata.uid"}]})");
  Handling creates;
  creates.creates = true;
  CHECK(Judge(creates, Reply(404, "")).outcome == Outcome::kForbidden);
  CHECK(Judge({}, Reply(404, "")).outcome == Outcome::kGone);
  CHECK(Judge(creates, Reply(422, uid)).outcome == Outcome::kInvalid);
  CHECK(Judge({}, Reply(422, uid)).outcome == Outcome::kGone);
}

TEST_CASE("an answer that fits nothing leaves the outcome unknown", "[core]") {
  for (const int code : {301, 401, 500, 502, 504}) {
    CHECK(OutcomeOf(kEvict, code, "<html>") == Outcome::kUnknown);
  }
  const auto lost = Unanswered(base::Error{base::ErrorKind::kTimeout, "no answer"});
  CHECK(lost.outcome == Outcome::kUnknown);
  CHECK(lost.message == "no answer");
  CHECK_FALSE(lost.retry_after);
}

TEST_CASE("a success is accepted without a message and whatever it asks to wait", "[core]") {
  for (const int code : {200, 201, 202, 299}) {
    const Judgement judged = Judged(kEvict, {code, Status("Success", "done"), 7s});
    CHECK(judged.outcome == Outcome::kAccepted);
    CHECK(judged.message.empty());
    CHECK_FALSE(judged.retry_after);
  }
}

TEST_CASE("the time to wait comes from the header or from the body, at most two minutes",
          "[core]") {
  const std::string body = Status("TooManyRequests", "no", R"({"retryAfterSeconds":10})");
  CHECK(Judged(kCordon, {429, body, std::nullopt}).retry_after == 10s);
  CHECK(Judged(kCordon, {429, body, 3s}).retry_after == 3s);
  CHECK(Judged(kCordon, {429, Status("x", "no", R"({"retryAfterSeconds":900})"), std::nullopt})
            .retry_after == kube::kLongestWait);
  CHECK_FALSE(Judged(kCordon, {429, "", std::nullopt}).retry_after);
}

TEST_CASE("what a kind says of an answer goes before what every kind says", "[core]") {
  Handling handling;
  handling.judge = [](const Answer& answer) -> std::optional<Outcome> {
    return answer.code == 403 && answer.retry_after ? std::optional(Outcome::kUnjudged)
                                                    : std::nullopt;
  };
  CHECK(Judge(handling, {403, "", 1s}).outcome == Outcome::kUnjudged);
  CHECK(Judge(handling, {403, "", std::nullopt}).outcome == Outcome::kForbidden);
  CHECK(Judge(handling, {503, "", 1s}).outcome == Outcome::kOverload);
}

TEST_CASE("an answer without words is told by its code", "[core]") {
  CHECK(Judged(kEvict, Reply(502, "<html>")).message == "HTTP 502");
}

TEST_CASE("a long message is cut to 1,000 characters and never inside a letter", "[core]") {
  const std::string words = std::string(999, 'a') + "\xC3\xA9";
  const std::string cut(999, 'a');
  CHECK(Judged(kEvict, Reply(403, Status("Forbidden", words))).message == cut);
  CHECK(Unanswered({base::ErrorKind::kTimeout, words}).message == cut);
  CHECK(Unusable({base::ErrorKind::kInvalid, words}).message == cut);
}

}  // namespace
}  // namespace cu::core
