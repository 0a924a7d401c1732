#include <string>

#include <catch2/catch.hpp>

#include "unit/kube/reflector_peer.hpp"

namespace cu::kube {
namespace {

using namespace std::chrono_literals;
using namespace test;
using Peer = ReflectorPeer;

TEST_CASE("A refusal after a live watch is asked about soon for a minute, then rarely", "[kube]") {
  Peer peer;
  peer.StartWatching();
  peer.Sleep(10s);
  peer.Break();
  const auto broke = peer.time();
  peer.Wait();
  while (peer.time() - broke < 58s) {
    peer.Reply(Answer(403));
    CHECK(peer.Wait() < 2500ms);
  }
  peer.Sleep(5s);
  for (int i = 0; i < 3; ++i) {
    peer.Reply(Answer(403));
    CHECK(peer.Wait() >= 30s);
  }
}

TEST_CASE("What may not be read is told from a server that starts", "[kube]") {
  Peer peer;
  CHECK_FALSE(peer.reflector.denied());
  SECTION("at first: a refusal counts at once") {
    const int code = GENERATE(403, 404);
    peer.Reply(Answer(code));
    CHECK(peer.reflector.denied());
    CHECK_FALSE(peer.reflector.listed());
    peer.Wait();
    peer.Reply(Answer(500));
    CHECK_FALSE(peer.reflector.denied());
  }
  SECTION("the list may be read, the watch may not") {
    peer.Reply(Answer(200, ListJson("20", {})));
    peer.Reply(Answer(403));
    CHECK(peer.reflector.listed());
    CHECK(peer.reflector.denied());
    peer.Wait();
    peer.Open();
    CHECK_FALSE(peer.reflector.denied());
  }
  SECTION("after a live watch: for a minute it does not count") {
    peer.StartWatching();
    peer.Sleep(10s);
    peer.Break();
    const auto broke = peer.time();
    while (peer.time() - broke < 58s) {
      peer.Wait();
      peer.Reply(Answer(403));
      CHECK(peer.reflector.denied() == (peer.time() - broke >= 60s));
    }
    peer.Sleep(5s);
    peer.Wait();
    peer.Reply(Answer(403));
    CHECK(peer.reflector.denied());
  }
}

TEST_CASE("A version that is gone after an outage is listed anew at once", "[kube]") {
  Peer peer;
  peer.StartWatching();
  peer.Line(LineJson("BOOKMARK", NodeJson("", "25")));
  peer.Sleep(10s);
  peer.Break();
  peer.Wait();
  REQUIRE(peer.watching());
  if (GENERATE(true, false)) {
    peer.Reply(Answer(410));
  } else {
    peer.Open();
    peer.Line(LineJson("ERROR", StatusJson(410, "Expired")));
  }
  CHECK(peer.listing());
  CHECK(Contains(peer.target(), "nodes?limit=100"));

  // A list that was of no use is not followed by another at once.
  peer.Reply(Answer(200, ListJson("90", {})));
  peer.Reply(Answer(410));  // the version before the list's
  peer.Reply(Answer(410));
  CHECK_FALSE(peer.listing());
  CHECK_FALSE(peer.watching());
}

TEST_CASE("After each of three outages in four minutes it is current within 5 s", "[kube]") {
  const bool quiet = GENERATE(false, true);  // nothing has changed since the list
  const bool as_line = GENERATE(false, true);
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Peer peer({"/api/v1/nodes", "", ""}, seed);
    peer.StartWatching();
    std::string version = "25";
    for (int outage = 0; outage < 3; ++outage) {
      CAPTURE(seed, outage, quiet, as_line);
      if (!quiet) {
        peer.Line(LineJson("BOOKMARK", NodeJson("", version)));
      }
      peer.Sleep(20s);
      peer.Break();
      const auto away_until = peer.time() + 60s;
      do {
        peer.Wait();
        if (peer.time() < away_until) {
          peer.Fail();
        }
      } while (peer.time() < away_until);
      // A fresh server: its watch cache begins, and it knows no role yet.
      for (const auto& answer : {Answer(429, "", 1s), Answer(403)}) {
        peer.Reply(answer);
        peer.Wait();
      }
      const auto gone = [&] {
        if (as_line) {
          peer.Open();
          peer.Line(LineJson("ERROR", StatusJson(410, "Expired")));
        } else {
          peer.Reply(Answer(410));
        }
      };
      gone();
      if (quiet) {
        REQUIRE(peer.watching());  // from the version of the list itself
        gone();
      }
      REQUIRE(peer.listing());
      version += "0";
      peer.Reply(Answer(200, ListJson(version, {})));
      peer.Open();
      CHECK(peer.reflector.current(peer.now()));
      CHECK(peer.time() - away_until < 7500ms);  // of these two refusals and one wait before
    }
  }
}

}  // namespace
}  // namespace cu::kube
