#include "kube/calls.hpp"

#include <catch2/catch.hpp>

#include "unit/apart.hpp"
#include "unit/kube/peer.hpp"

namespace cu::kube {
namespace {

using namespace std::chrono_literals;
using port::CallId;
using test::Answer;
using test::At;
using test::Only;

const port::Request kGet = port::Request::Get("/g");
const port::Request kPost = port::Request::Post("/p", "{}");
const CallOptions kLease{.timeout = 4s, .not_after = std::nullopt, .priority = Priority::kLease};

TEST_CASE("A call leaves with an ascending id and its deadline as not_after", "[kube]") {
  Calls calls(1);
  CHECK(calls.Send(kGet, At(0s)) == CallId{1});
  CHECK(calls.Send(kPost, At(0s), {.timeout = 15s, .not_after = At(3s).steady}) == CallId{2});
  const auto sent = Only<port::SendRequest>(calls.Take());
  REQUIRE(sent.size() == 2);
  CHECK(sent[0].not_after == At(10s).steady);
  CHECK(sent[1].not_after == At(3s).steady);
  CHECK(sent[1].request == kPost);
  CHECK(calls.Take().empty());
}

TEST_CASE("not_after never lies beyond the deadline", "[kube]") {
  Calls calls(1);
  CHECK(calls.Send(kPost, At(0s), {.timeout = 2s, .not_after = At(9s).steady}));
  CHECK(Only<port::SendRequest>(calls.Take())[0].not_after == At(2s).steady);
}

TEST_CASE("At most 16 calls are in flight, streams and lease calls aside", "[kube]") {
  Calls calls(1);
  for (int i = 0; i < 16; ++i) {
    CHECK(calls.HasRoom(At(0s)));
    CHECK(calls.Send(kPost, At(0s)));
    CHECK(calls.Open(kGet, At(0s)));
  }
  CHECK_FALSE(calls.HasRoom(At(0s)));
  CHECK_FALSE(calls.Send(kGet, At(0s)));
  CHECK(calls.Send(kPost, At(0s), kLease));
  CHECK(calls.Open(kGet, At(0s)));

  SECTION("an answer makes room") {
    CHECK(calls.Accept(port::ResponseReceived{CallId{1}, Answer(200)}, At(1s)) == CallId{1});
  }
  SECTION("a failure makes room") {
    CHECK(calls.Accept(port::CallFailed{CallId{1}, {}}, At(1s)) == CallId{1});
  }
  SECTION("dropping one makes room") {
    calls.Drop(CallId{1});
    CHECK(Only<port::Abort>(calls.Take()).size() == 1);
  }
  CHECK(calls.Send(kGet, At(1s)));
  CHECK_FALSE(calls.Send(kGet, At(1s)));
}

TEST_CASE("A deadline that passes fails the call and aborts it", "[kube]") {
  Calls calls(1);
  const auto call = calls.Send(kPost, At(0s));
  REQUIRE(calls.Open(kGet, At(0s)));
  calls.Take();
  CHECK(calls.wake_at() == At(10s).steady);
  CHECK(calls.Expired(At(10s - 1ns)).empty());
  const auto failed = calls.Expired(At(10s));
  REQUIRE(failed.size() == 1);
  CHECK(failed[0].id == call);
  CHECK(failed[0].error.kind == base::ErrorKind::kTimeout);
  CHECK(Only<port::Abort>(calls.Take()).size() == 1);
  CHECK_FALSE(calls.wake_at());
  CHECK_FALSE(calls.Accept(port::ResponseReceived{*call, Answer(200)}, At(11s)));
}

TEST_CASE("Events that are nobody's are dropped", "[kube]") {
  Calls calls(1);
  CHECK_FALSE(calls.Accept(port::ResponseReceived{CallId{7}, Answer(200)}, At(0s)));
  CHECK_FALSE(calls.Accept(port::StopRequested{}, At(0s)));
  const auto stream = calls.Open(kGet, At(0s));
  calls.Drop(*stream);
  CHECK_FALSE(calls.Accept(port::StreamLine{*stream, "{}"}, At(0s)));
  calls.Drop(*stream);
  CHECK(Only<port::Abort>(calls.Take()).size() == 1);
}

TEST_CASE("A stream's events come in until it ended", "[kube]") {
  Calls calls(1);
  const auto stream = calls.Open(kGet, At(0s));
  CHECK(calls.Accept(port::StreamOpened{*stream}, At(0s)) == stream);
  CHECK(calls.Accept(port::StreamLine{*stream, "{}"}, At(1h)) == stream);
  CHECK(calls.Accept(port::StreamEnded{*stream, std::nullopt}, At(1h)) == stream);
  CHECK_FALSE(calls.Accept(port::StreamLine{*stream, "{}"}, At(1h)));
}

TEST_CASE("After 401 a call is repeated once with a fresh token, under the caller's id", "[kube]") {
  Calls calls(1);
  const bool stream = GENERATE(false, true);
  const auto id = stream ? calls.Open(kGet, At(0s)) : calls.Send(kGet, At(0s));
  calls.Take();
  CHECK_FALSE(calls.Accept(port::ResponseReceived{CallId{1}, Answer(401)}, At(1s)));
  const auto effects = calls.Take();
  REQUIRE(effects.size() == 1);
  if (stream) {
    CHECK(Only<port::OpenStream>(effects)[0].request.fresh_token);
    CHECK(Only<port::OpenStream>(effects)[0].id == CallId{2});
  } else {
    CHECK(Only<port::SendRequest>(effects)[0].request.fresh_token);
    CHECK(Only<port::SendRequest>(effects)[0].not_after == At(10s).steady);
  }
  SECTION("the answer comes under the id that was given out") {
    CHECK(calls.Accept(port::ResponseReceived{CallId{2}, Answer(403)}, At(2s)) == id);
  }
  SECTION("a second 401 is the answer") {
    CHECK(calls.Accept(port::ResponseReceived{CallId{2}, Answer(401)}, At(2s)) == id);
    CHECK(calls.Take().empty());
  }
  SECTION("it can still be dropped") {
    calls.Drop(*id);
    CHECK(Only<port::Abort>(calls.Take())[0].id == CallId{2});
  }
}

TEST_CASE("a token is refused once the repetition of a call is, until another answer comes",
          "[kube]") {
  Calls calls(1);
  calls.Send(kGet, At(0s));
  CHECK_FALSE(calls.Accept(port::ResponseReceived{CallId{1}, Answer(401)}, At(1s)));
  CHECK_FALSE(calls.refused_since());
  CHECK(calls.Accept(port::ResponseReceived{CallId{2}, Answer(401)}, At(2s)));
  CHECK(calls.refused_since() == At(2s).steady);
  calls.Send(kGet, At(3s));
  CHECK_FALSE(calls.Accept(port::ResponseReceived{CallId{3}, Answer(401)}, At(3s)));
  CHECK(calls.Accept(port::ResponseReceived{CallId{4}, Answer(401)}, At(4s)));
  CHECK(calls.refused_since() == At(2s).steady);
  calls.Send(kGet, At(5s));
  CHECK(calls.Accept(port::ResponseReceived{CallId{5}, Answer(403)}, At(5s)));
  CHECK_FALSE(calls.refused_since());
}

TEST_CASE("A call that is repeated keeps its room", "[kube]") {
  Calls calls(1);
  for (int i = 0; i < 16; ++i) {
    REQUIRE(calls.Send(kGet, At(0s)));
  }
  CHECK_FALSE(calls.Accept(port::ResponseReceived{CallId{1}, Answer(401)}, At(1s)));
  CHECK_FALSE(calls.HasRoom(At(1s)));
  CHECK(calls.Accept(port::ResponseReceived{CallId{17}, Answer(200)}, At(1s)) == CallId{1});
  CHECK(calls.HasRoom(At(1s)));
}

TEST_CASE("After 401 nothing is repeated beyond not_after", "[kube]") {
  Calls calls(1);
  CHECK(calls.Send(kPost, At(0s), {.timeout = 10s, .not_after = At(1s).steady}));
  calls.Take();
  CHECK(calls.Accept(port::ResponseReceived{CallId{1}, Answer(401)}, At(2s)) == CallId{1});
  CHECK(calls.Take().empty());
}

TEST_CASE("An overload's Retry-After holds back everything but the lease", "[kube]") {
  const int status = GENERATE(429, 500, 502, 503, 504);
  Calls calls(1);
  const auto early = calls.Send(kGet, At(0s));
  const auto id = calls.Send(kGet, At(0s));
  CHECK(calls.Accept(port::ResponseReceived{*id, Answer(status, "", 5s)}, At(1s)) == id);
  CHECK_FALSE(calls.HasRoom(At(6s - 1ns)));
  CHECK_FALSE(calls.Send(kGet, At(6s - 1ns)));
  CHECK_FALSE(calls.Open(kGet, At(6s - 1ns)));
  CHECK(calls.Send(kPost, At(1s), kLease));
  CHECK(calls.wake_at() <= At(6s).steady);
  SECTION("a shorter one does not shorten it") {
    CHECK(calls.Accept(port::ResponseReceived{*early, Answer(status, "", 1s)}, At(2s)));
    CHECK_FALSE(calls.HasRoom(At(6s - 1ns)));
  }
  SECTION("a 401 is not repeated meanwhile") {
    CHECK(calls.Accept(port::ResponseReceived{*early, Answer(401)}, At(2s)) == early);
  }
  CHECK(calls.HasRoom(At(6s)));
  calls.Expired(At(6s));
  CHECK(calls.Open(kGet, At(6s)));
}

TEST_CASE("An overload's Retry-After is heeded though nobody waits for the answer any more",
          "[kube]") {
  Calls calls(1);
  const auto id = calls.Send(kGet, At(0s));
  CHECK(calls.Expired(At(10s)).size() == 1);
  CHECK_FALSE(calls.Accept(port::ResponseReceived{*id, Answer(503, "", 5s)}, At(10s)));
  CHECK_FALSE(calls.Send(kGet, At(15s - 1ns)));
  CHECK(calls.Send(kGet, At(15s)));
}

TEST_CASE("An absurd Retry-After is cut to two minutes, and logged once a minute", "[kube]") {
  Calls calls(1);
  for (const auto at : {0s, 1s, 59s, 60s}) {
    const auto id = calls.Send(kPost, At(at), kLease);
    CHECK(calls.Accept(port::ResponseReceived{*id, Answer(503, "", 86400s)}, At(at)) == id);
  }
  CHECK_FALSE(calls.HasRoom(At(180s - 1ns)));
  CHECK(calls.HasRoom(At(180s)));
  const auto logged = Only<port::WriteLog>(calls.Take());
  REQUIRE(logged.size() == 2);
  CHECK(logged[0].record.fields.at("seconds") == "120");
  CHECK(logged[0].record.fields.at("code") == "503");
}

TEST_CASE("The server's clock takes the place of one that is off, told once an hour", "[kube]") {
  Calls calls(1);
  CHECK_FALSE(calls.stats().clock_ahead_seconds);
  const auto own = [](std::chrono::nanoseconds time) {
    base::Now now = At(time);
    now.wall += 31min;
    return now;
  };
  const auto id = calls.Send(kGet, At(0s));
  port::Response answer = Answer(200);
  answer.date = At(0s).wall;
  CHECK(calls.Accept(port::ResponseReceived{*id, answer}, own(0s)) == id);
  calls.Take();
  for (const auto at : {1s, 2s, 3602s}) {
    CHECK(std::chrono::abs(calls.Correct(own(at)).wall - At(at).wall) <= 1s);
  }
  CHECK(std::abs(*calls.stats().clock_ahead_seconds - 1860) <= 1);
  const auto logged = Only<port::WriteLog>(calls.Take());
  REQUIRE(logged.size() == 2);
  CHECK(logged[0].record.level == base::LogLevel::kWarning);
  CHECK(std::stoi(logged[0].record.fields.at("seconds_ahead")) >= 1859);
}

TEST_CASE("A webhook's patience silences nothing, and its 503 is no outage", "[kube]") {
  const int status = GENERATE(429, 500, 503);
  Calls calls(1);
  const auto id = calls.Send(kPost, At(0s));
  const std::string body =
      R"({"kind":"Status","message":"admission webhook \"w\" denied the request: later"})";
  CHECK(calls.Accept(port::ResponseReceived{*id, Answer(status, body, 60s)}, At(1s)) == id);
  CHECK(calls.HasRoom(At(1s)));
  CHECK(calls.Send(kGet, At(1s)));
  const auto next = calls.Send(kGet, At(9s));
  CHECK(calls.Accept(port::ResponseReceived{*next, Answer(200)}, At(10s)) == next);
  CHECK(calls.outage().TakeLongest() == 0s);
}

TEST_CASE("A server that lags behind one list silences nothing else", "[kube]") {
  Calls calls(1);
  const auto id = calls.Open(kGet, At(0s));
  const std::string body = test::StatusJson(504, "Timeout", "ResourceVersionTooLarge");
  CHECK(calls.Accept(port::ResponseReceived{*id, Answer(504, body, 10s)}, At(1s)) == id);
  CHECK(calls.HasRoom(At(1s)));
}

TEST_CASE("A budget's refusal holds nothing back", "[kube]") {
  Calls calls(1);
  const auto id = calls.Send(kPost, At(0s));
  const std::string body = test::StatusJson(429, "TooManyRequests", "DisruptionBudget");
  CHECK(calls.Accept(port::ResponseReceived{*id, Answer(429, body, 10s)}, At(1s)) == id);
  CHECK(calls.HasRoom(At(1s)));
}

TEST_CASE("At the end of a term the mutating calls go, the others stay", "[kube]") {
  Calls calls(1);
  const auto get = calls.Send(kGet, At(0s));
  REQUIRE(calls.Send(kPost, At(0s)));
  REQUIRE(calls.Send(port::Request::Apply("/a", "{}"), At(0s)));
  const auto lease = calls.Send(kPost, At(0s), kLease);
  const auto stream = calls.Open(kGet, At(0s));
  CHECK(calls.mutating_in_flight() == 2);
  calls.DropMutating();
  CHECK(calls.mutating_in_flight() == 0);
  CHECK(Only<port::Abort>(calls.Take()).size() == 2);
  CHECK_FALSE(calls.Accept(port::ResponseReceived{CallId{2}, Answer(200)}, At(1s)));
  CHECK(calls.Accept(port::ResponseReceived{*get, Answer(200)}, At(1s)));
  CHECK(calls.Accept(port::ResponseReceived{*lease, Answer(200)}, At(1s)));
  CHECK(calls.Accept(port::StreamOpened{*stream}, At(1s)));
}

TEST_CASE("Requests are counted by method and code, durations without watches", "[kube]") {
  Calls calls(1);
  const auto a = calls.Send(kGet, At(0s));
  const auto b = calls.Send(port::Request::JsonPatch("/a", "[]"), At(0s));
  const auto stream = calls.Open(kGet, At(0s));
  REQUIRE(calls.Send(kPost, At(0s)));
  calls.Accept(port::ResponseReceived{*a, Answer(200)}, At(30ms));
  calls.Accept(port::ResponseReceived{*b, Answer(409)}, At(2min));
  calls.Accept(port::StreamOpened{*stream}, At(1s));
  calls.Expired(At(2min));
  const CallStats& stats = calls.stats();
  CHECK(stats.requests.at({"GET", "200"}) == 2);
  CHECK(stats.requests.at({"PATCH", "409"}) == 1);
  CHECK(stats.requests.at({"POST", "<error>"}) == 1);
  CHECK(stats.seconds.at("GET").total == 1);
  CHECK(stats.seconds.at("GET").counts[2] == 1);
  CHECK(stats.seconds.at("GET").sum == Approx(0.03));
  CHECK(stats.seconds.at("PATCH").counts.back() == 1);
}

TEST_CASE("Each call is logged where that is wanted, without its query and body", "[kube]") {
  const bool log_calls = GENERATE(true, false);
  Calls calls(1, log_calls);
  const auto id = calls.Send(port::Request::Post("/a?x=secret", "secret"), At(0s));
  const auto stream = calls.Open(port::Request::Get("/w?watch=true"), At(0s));
  calls.Accept(port::ResponseReceived{*id, Answer(201, "secret")}, At(30ms));
  calls.Accept(port::StreamOpened{*stream}, At(40ms));
  const auto logged = Only<port::WriteLog>(calls.Take());
  REQUIRE(logged.size() == (log_calls ? 2 : 0));
  if (log_calls) {
    CHECK(logged[0].record.level == base::LogLevel::kDebug);
    CHECK(logged[0].record.fields ==
          std::map<std::string, std::string>{
              {"verb", "POST"}, {"path", "/a"}, {"code", "201"}, {"milliseconds", "30"}});
    CHECK(logged[1].record.fields.at("verb") == "WATCH");
  }
}

TEST_CASE("Jitter lies in [delay, 2*delay) and replays from its seed", "[kube]") {
  Calls a(7);
  Calls b(7);
  Calls other(8);
  bool differs = false;
  for (int i = 0; i < 1000; ++i) {
    const auto at = a.After(At(0s), 800ms);
    CHECK(at >= At(800ms).steady);
    CHECK(at < At(1600ms).steady);
    CHECK(at == b.After(At(0s), 800ms));
    differs = differs || at != other.After(At(0s), 800ms);
  }
  CHECK(differs);
}

TEST_CASE("There is no jitter within nothing", "[kube]") {
  CHECK(cu::test::RunApart([] { Calls(1).Jitter(0ns); }).Broke("bound.count() > 0"));
}

}  // namespace
}  // namespace cu::kube
