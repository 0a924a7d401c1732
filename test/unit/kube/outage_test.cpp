#include "kube/outage.hpp"

#include <catch2/catch.hpp>

#include "kube/calls.hpp"
#include "unit/kube/peer.hpp"

namespace cu::kube {
namespace {

using namespace std::chrono_literals;
using test::Answer;
using test::At;

const port::Request kGet = port::Request::Get("/g");

/// A call that is sent and ends at these times.
void Call(Calls& calls, std::chrono::seconds sent, std::chrono::seconds end, int status) {
  const auto id = calls.Send(kGet, At(sent));
  REQUIRE(id);
  if (status > 0) {
    calls.Accept(port::ResponseReceived{*id, Answer(status)}, At(end));
  } else {
    calls.Accept(port::CallFailed{*id, {base::ErrorKind::kUnavailable, "refused"}}, At(end));
  }
}

TEST_CASE("An outage lasts from the first call in vain to the next good answer", "[kube]") {
  const int in_vain = GENERATE(0, 502, 503, 504);
  Calls calls(1);
  Call(calls, 0s, 1s, 200);
  Call(calls, 10s, 10s, in_vain);
  Call(calls, 20s, 21s, in_vain);
  CHECK(calls.outage().TakeLongest() == 0s);
  Call(calls, 29s, 30s, GENERATE(200, 404, 409));
  CHECK(calls.outage().TakeLongest() == 29s);
  Call(calls, 40s, 41s, 200);
  CHECK(calls.outage().TakeLongest() == 0s);
}

TEST_CASE("A refusal, or a 500 of this one call, is no outage", "[kube]") {
  Calls calls(1);
  Call(calls, 0s, 1s, GENERATE(403, 429, 500));
  Call(calls, 60s, 61s, 200);
  CHECK(calls.outage().TakeLongest() == 0s);
}

TEST_CASE("A call that runs out of its time among good answers hardly counts", "[kube]") {
  Calls calls(1);
  REQUIRE(calls.Send(kGet, At(0s)));
  for (const auto at : {2s, 4s, 6s, 8s}) {
    Call(calls, at, at, 200);
  }
  REQUIRE(calls.Expired(At(10s)).size() == 1);
  Call(calls, 10s, 11s, 200);
  CHECK(calls.outage().TakeLongest() == 3s);
}

TEST_CASE("Of several outages the longest is told", "[kube]") {
  Calls calls(1);
  for (const auto at : {0s, 100s, 200s}) {
    Call(calls, at, at, 0);
    Call(calls, at + (at == 100s ? 50s : 5s), at + (at == 100s ? 50s : 5s), 200);
  }
  CHECK(calls.outage().TakeLongest() == 50s);
}

TEST_CASE("A process that slept through a deadline has seen no outage", "[kube]") {
  const auto woken = GENERATE(10s, 600s);
  Calls calls(1);
  REQUIRE(calls.Send(kGet, At(0s)));
  calls.Expired(At(woken));
  Call(calls, woken, woken, 200);
  CHECK(calls.outage().TakeLongest() == (woken == 10s ? 10s : 0s));
}

TEST_CASE("A watch ends an outage by opening, and begins none by breaking", "[kube]") {
  const auto asked = GENERATE(30s, 60s);  // the silence before belongs to it, or nobody asked
  Calls calls(1);
  const auto watch = calls.Open(kGet, At(0s));
  calls.Accept(port::StreamOpened{*watch}, At(1s));
  calls.Accept(port::StreamEnded{*watch, base::Error{base::ErrorKind::kUnavailable, "reset"}},
               At(2s));
  const auto again = calls.Open(kGet, At(asked));
  calls.Accept(port::CallFailed{*again, {base::ErrorKind::kUnavailable, "refused"}}, At(asked));
  const auto last = calls.Open(kGet, At(asked + 5s));
  calls.Accept(port::StreamOpened{*last}, At(asked + 7s));
  CHECK(calls.outage().TakeLongest() == (asked == 30s ? 36s : 7s));
}

}  // namespace
}  // namespace cu::kube
