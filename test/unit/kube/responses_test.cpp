#include "kube/responses.hpp"

#include <catch2/catch.hpp>

#include "unit/kube/peer.hpp"

namespace cu::kube {
namespace {

using test::Answer;
using test::StatusJson;

TEST_CASE("A refusal is sorted by its code", "[kube]") {
  const auto [code, kind] = GENERATE(table<int, base::ErrorKind>({
      {400, base::ErrorKind::kInvalid},
      {401, base::ErrorKind::kRefused},
      {403, base::ErrorKind::kRefused},
      {404, base::ErrorKind::kRefused},
      {409, base::ErrorKind::kRefused},
      {410, base::ErrorKind::kGone},
      {422, base::ErrorKind::kInvalid},
      {429, base::ErrorKind::kRefused},
      {500, base::ErrorKind::kUnavailable},
      {503, base::ErrorKind::kUnavailable},
      {504, base::ErrorKind::kUnavailable},
      {302, base::ErrorKind::kUnavailable},
  }));
  const base::Error error = ErrorOf(Answer(code, StatusJson(code, "Reason")));
  CHECK(error.kind == kind);
  CHECK(error.message == std::to_string(code) + " Reason: because");
}

TEST_CASE("The message of a proxy that sends no Status is its code", "[kube]") {
  CHECK(ErrorOf(Answer(502, "<html>")).message == "502");
  const std::string huge(5000, 'x');
  CHECK(ErrorOf(Answer(500, R"({"kind":"Status","message":")" + huge + "\"}")).message.size() ==
        1000);
}

TEST_CASE("A long message is not cut inside a letter", "[kube]") {
  std::string letters;
  for (int i = 0; i < 600; ++i) {
    letters += "\xc3\xa4";
  }
  const auto message =
      ErrorOf(Answer(500, R"({"kind":"Status","message":")" + letters + "\"}")).message;
  CHECK(message.size() == 999);
  CHECK(message.back() == '\xa4');
}

TEST_CASE("Only a busy server's Retry-After is an overload", "[kube]") {
  const std::string budget = StatusJson(429, "TooManyRequests", "DisruptionBudget");
  CHECK(IsOverload(Answer(429, StatusJson(429, "TooManyRequests"), std::chrono::seconds(3))));
  CHECK(IsOverload(Answer(503, "", std::chrono::seconds(1))));
  CHECK(IsOverload(Answer(504, "", std::chrono::seconds(1))));
  CHECK(IsOverload(Answer(500, StatusJson(500, "InternalError"), std::chrono::seconds(1))));
  CHECK(IsOverload(Answer(502, "<html>", std::chrono::seconds(1))));
  CHECK_FALSE(IsOverload(Answer(500, StatusJson(500, "InternalError"))));
  CHECK_FALSE(IsOverload(
      Answer(504, StatusJson(504, "Timeout", "ResourceVersionTooLarge"), std::chrono::seconds(1))));
  CHECK_FALSE(IsOverload(Answer(429, StatusJson(429, "TooManyRequests"))));
  CHECK_FALSE(IsOverload(Answer(429, budget, std::chrono::seconds(10))));
  CHECK_FALSE(IsOverload(Answer(409, "", std::chrono::seconds(1))));
  CHECK(IsBudgetAnswer(Answer(429, budget)));
  CHECK_FALSE(IsBudgetAnswer(Answer(500, budget)));
}

TEST_CASE("A denial by a webhook or a policy says nothing about the server", "[kube]") {
  const auto denial = [](const std::string& details) {
    return R"({"kind":"Status","message":"admission webhook \"w.io\" denied the request: later",)"
           R"("details":)" +
           details + "}";
  };
  const std::string plain = denial("{}");
  const std::string budget = denial(R"({"causes":[{"reason":"DisruptionBudget"}]})");
  const std::string policy =
      R"({"kind":"Status","message":"pods \"a\" is forbidden: ValidatingAdmissionPolicy 'p' denied",)"
      R"("details":{"causes":[{"message":"ValidatingAdmissionPolicy 'p' denied request: no"}]}})";
  for (const std::string& body : {plain, budget, policy}) {
    CHECK(IsDenial(codec::DecodeApiStatus(body)));
    for (const int code : {429, 500, 503}) {
      CHECK_FALSE(IsOverload(Answer(code, body, std::chrono::seconds(20))));
    }
  }
  CHECK_FALSE(IsBudgetAnswer(Answer(429, budget)));
  for (const char* words : {"no",
                            "admission webhook",
                            "admission webhook \\\"w.io denied the request",
                            "admission webhook \\\"w.io\\\" does not support dry run",
                            "x: admission webhook \\\"w.io\\\" denied the request: no"}) {
    const std::string body = R"({"kind":"Status","message":")" + std::string(words) + "\"}";
    CHECK_FALSE(IsDenial(codec::DecodeApiStatus(body)));
  }
}

TEST_CASE("Nobody waits longer than two minutes", "[kube]") {
  using std::chrono::seconds;
  CHECK(RetryAfterOf(Answer(503, "", seconds(7))) == seconds(7));
  CHECK(RetryAfterOf(Answer(503, "", seconds(86400))) == seconds(120));
  CHECK_FALSE(RetryAfterOf(Answer(503)));
}

TEST_CASE("A lagging server is known by the cause, not by the code", "[kube]") {
  const auto decode = [](const std::string& body) { return codec::DecodeApiStatus(body); };
  CHECK(IsResourceVersionTooLarge(decode(StatusJson(504, "Timeout", "ResourceVersionTooLarge"))));
  CHECK_FALSE(IsResourceVersionTooLarge(decode(StatusJson(504, "Timeout"))));
  CHECK_FALSE(IsResourceVersionTooLarge(decode("not json")));
}

}  // namespace
}  // namespace cu::kube
