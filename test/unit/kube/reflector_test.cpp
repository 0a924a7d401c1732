#include "kube/reflector.hpp"

#include <functional>

#include <catch2/catch.hpp>

#include "unit/apart.hpp"
#include "unit/kube/reflector_peer.hpp"

namespace cu::kube {
namespace {

using namespace std::chrono_literals;
using namespace test;
using Peer = ReflectorPeer;

TEST_CASE("It begins with a consistent list and watches from the list's version", "[kube]") {
  Peer peer({"/api/v1/pods", "spec.nodeName=a b", "x=y"});
  REQUIRE(peer.listing());
  CHECK(peer.target() ==
        "/api/v1/pods?limit=100&fieldSelector=spec.nodeName%3Da%20b&labelSelector=x%3Dy");
  CHECK_FALSE(peer.reflector.listed());
  peer.Reply(Answer(200, ListJson("20", {NodeJson("a", "5")})));
  REQUIRE(peer.watching());
  CHECK(Contains(
      peer.target(),
      "/api/v1/pods?watch=true&allowWatchBookmarks=true&resourceVersion=19&timeoutSeconds="));
  CHECK(Contains(peer.target(), "&fieldSelector=spec.nodeName%3Da%20b&labelSelector=x%3Dy"));
  CHECK(peer.reflector.listed());
  CHECK_FALSE(peer.reflector.current(peer.now()));
  peer.Open();
  CHECK(peer.reflector.current(peer.now()));
  CHECK(peer.store.items().size() == 1);
}

TEST_CASE("A watch asks to live between 5 and 10 minutes", "[kube]") {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Peer peer({"/n", "", ""}, seed);
    peer.Reply(Answer(200, ListJson("20", {})));
    const auto at = peer.target().find("timeoutSeconds=");
    const int lifetime = std::stoi(peer.target().substr(at + 15));
    CHECK(lifetime >= 300);
    CHECK(lifetime < 600);
  }
}

TEST_CASE("A list is taken page by page and shown when it is complete", "[kube]") {
  Peer peer;
  peer.Reply(Answer(200, ListJson("20", {NodeJson("a", "5")}, "next/1")));
  CHECK(peer.target() == "/api/v1/nodes?limit=100&continue=next%2F1");
  CHECK(peer.store.items().empty());
  CHECK_FALSE(peer.reflector.listed());
  peer.Reply(Answer(200, ListJson("20", {NodeJson("b", "6")})));
  CHECK(peer.watching());
  CHECK(peer.store.items().size() == 2);
}

enum class Stage { kListing, kSecondPage, kOpening, kWatching, kResumed };

void Reach(Peer& peer, Stage stage) {
  if (stage == Stage::kListing) {
    return;
  }
  if (stage == Stage::kSecondPage) {
    peer.Reply(Answer(200, ListJson("20", {NodeJson("a", "5")}, "next")));
    return;
  }
  peer.Reply(Answer(200, ListJson("20", {NodeJson("a", "5")})));
  if (stage != Stage::kOpening) {
    peer.Open();
    peer.Line(LineJson("BOOKMARK", NodeJson("", "25")));
  }
  if (stage == Stage::kResumed) {
    peer.End();
  }
}

struct Row {
  const char* what;
  Stage stage;
  std::function<void(Peer&)> happens;
  const char* then;  ///< part of the next request's target
  std::chrono::nanoseconds at_least;
  std::chrono::nanoseconds below;
};

const std::vector<Row>& Rows() {
  static const auto lagging =
      Answer(504, StatusJson(504, "Timeout", "ResourceVersionTooLarge"), 1s);
  static const auto reply = [](port::Response response) {
    return [response](Peer& peer) { peer.Reply(response); };
  };
  static const auto line = [](std::string text) { return [text](Peer& peer) { peer.Line(text); }; };
  static const char* const kList = "nodes?limit=100";
  static const char* const kFrom20 = "resourceVersion=19";
  static const char* const kFrom25 = "resourceVersion=24";
  static const std::vector<Row> rows{
      {"refused list", Stage::kListing, reply(Answer(403)), kList, 800ms, 1600ms},
      {"unreadable page", Stage::kListing, reply(Answer(200, "<html>")), kList, 800ms, 1600ms},
      {"no answer to a list", Stage::kListing, &Peer::Fail, kList, 800ms, 1600ms},
      {"silent list", Stage::kListing, [](Peer& p) { p.Sleep(30s); }, kList, 800ms, 1600ms},
      {"overloaded list", Stage::kListing, reply(Answer(429, "", 7s)), kList, 7s, 8s},
      {"410 of a page", Stage::kSecondPage, reply(Answer(410)), kList, 800ms, 1600ms},
      {"400 of a page", Stage::kSecondPage, reply(Answer(400)), kList, 800ms, 1600ms},
      {"500 of a page", Stage::kSecondPage, reply(Answer(500)), "continue=next", 800ms, 1600ms},
      {"no answer to a page", Stage::kSecondPage, &Peer::Fail, "continue=next", 800ms, 1600ms},
      {"410 of a watch", Stage::kResumed, reply(Answer(410)), kList, 800ms, 1600ms},
      {"403 of a watch", Stage::kOpening, reply(Answer(403)), kFrom20, 800ms, 1600ms},
      {"503 of a watch", Stage::kOpening, reply(Answer(503, "", 3s)), kFrom20, 3s, 4s},
      {"500 with Retry-After", Stage::kOpening, reply(Answer(500, "", 20s)), kFrom20, 20s, 21s},
      {"200 but no stream", Stage::kOpening, reply(Answer(200)), kFrom20, 800ms, 1600ms},
      {"lagging server", Stage::kOpening, reply(lagging), kList, 1s, 1600ms},
      {"watch that fails to open", Stage::kOpening, &Peer::Fail, kFrom20, 800ms, 1600ms},
      {"watch that never opens",
       Stage::kOpening,
       [](Peer& p) { p.Sleep(30s); },
       kFrom20,
       800ms,
       1600ms},
      {"410 in the stream",
       Stage::kWatching,
       line(LineJson("ERROR", StatusJson(410, "Expired"))),
       kList,
       1s,
       1600ms},
      {"lag in the stream",
       Stage::kWatching,
       line(LineJson("ERROR", StatusJson(504, "Timeout", "ResourceVersionTooLarge"))),
       kList,
       1s,
       1600ms},
      {"other error in the stream",
       Stage::kWatching,
       line(LineJson("ERROR", StatusJson(500, "InternalError"))),
       kList,
       1s,
       1600ms},
      {"unreadable line", Stage::kWatching, line("{\"type"), kList, 1s, 1600ms},
      {"broken stream", Stage::kWatching, &Peer::Break, kFrom25, 800ms, 1600ms},
  };
  return rows;
}

TEST_CASE("Every failure is followed by the right request after a back-off", "[kube]") {
  for (const Row& row : Rows()) {
    DYNAMIC_SECTION(row.what) {
      Peer peer;
      Reach(peer, row.stage);
      row.happens(peer);
      CHECK_FALSE(peer.listing());
      CHECK_FALSE(peer.watching());
      CHECK(peer.reflector.error());
      CHECK_FALSE(peer.reflector.current(peer.now()));
      const auto waited = peer.Wait();
      CHECK(waited >= row.at_least);
      CHECK(waited < row.below);
      CHECK(Contains(peer.target(), row.then));
      CHECK(Contains(peer.target(), "continue=") == Contains(row.then, "continue="));
    }
  }
}

TEST_CASE("While a broken watch is repaired the old objects stay", "[kube]") {
  Peer peer;
  peer.StartWatching();
  peer.Line(LineJson("BOOKMARK", NodeJson("", "25")));
  peer.Line(LineJson("ERROR", StatusJson(410, "Expired")));
  peer.Wait();
  CHECK(peer.store.items().size() == 1);
  CHECK(peer.reflector.listed());
  peer.Reply(Answer(200, ListJson("90", {NodeJson("b", "80")})));
  peer.Open();
  CHECK(peer.store.Find("b"));
  CHECK_FALSE(peer.store.Find("a"));
  CHECK_FALSE(peer.reflector.error());
}

TEST_CASE("A watch that ends in order is resumed at once and stays current", "[kube]") {
  Peer peer;
  peer.StartWatching();
  peer.Line(LineJson("MODIFIED", NodeJson("a", "31")));
  peer.End();
  REQUIRE(peer.watching());
  CHECK(Contains(peer.target(), "resourceVersion=30"));
  CHECK(peer.reflector.current(peer.now()));
  SECTION("but not if it cannot be opened") {
    peer.Reply(Answer(500));
    CHECK_FALSE(peer.reflector.current(peer.now()));
  }
  SECTION("but not if nothing was heard for too long") {
    peer.Sleep(29s);
    CHECK(peer.reflector.current(peer.now()));
    CHECK_FALSE(peer.reflector.current(test::At(peer.time() + 96s)));
  }
}

TEST_CASE("A watch that ends within a second without a line is a failure", "[kube]") {
  Peer peer;
  peer.StartWatching();
  peer.Sleep(999ms);
  peer.End();
  CHECK_FALSE(peer.watching());
  CHECK(peer.Wait() >= 800ms);
  CHECK(peer.watching());
}

TEST_CASE("A resumed watch that ends at once is a failure too", "[kube]") {
  Peer peer;
  peer.StartWatching();
  peer.Line(LineJson("BOOKMARK", NodeJson("", "25")));
  peer.End();
  peer.Open();
  peer.End();
  CHECK_FALSE(peer.watching());
}

TEST_CASE("After a break it is current again only when the watch is open", "[kube]") {
  Peer peer;
  peer.StartWatching();
  peer.Line(LineJson("BOOKMARK", NodeJson("", "25")));
  peer.End();
  peer.Open();
  peer.Break();
  peer.Wait();
  REQUIRE(peer.watching());
  CHECK_FALSE(peer.reflector.current(peer.now()));
  peer.Open();
  CHECK(peer.reflector.current(peer.now()));
}

TEST_CASE("The back-off doubles: to 2.5 s while nobody answers, to a minute when refused",
          "[kube]") {
  const bool refused = GENERATE(true, false);
  Peer peer;
  std::chrono::nanoseconds longest{0};
  std::chrono::nanoseconds total{0};
  for (int i = 0; i < 30; ++i) {
    refused ? peer.Reply(Answer(500)) : peer.Fail();
    const auto waited = peer.Wait();
    longest = std::max(longest, waited);
    total += waited;
  }
  CHECK(longest < (refused ? 60s : 2500ms));
  CHECK(total > (refused ? 24 * 30s : 24 * 1250ms));
}

TEST_CASE("Two minutes of a healthy watch make the next back-off short again", "[kube]") {
  const bool healthy = GENERATE(true, false);
  Peer peer;
  for (int i = 0; i < 10; ++i) {
    peer.Reply(Answer(500));
    peer.Wait();
  }
  peer.StartWatching();
  for (int i = 0; i < (healthy ? 4 : 3); ++i) {
    peer.Sleep(30s);
    peer.Line(LineJson("BOOKMARK", NodeJson("", "25")));
  }
  peer.Line("{");
  const auto waited = peer.Wait();
  CHECK((waited < 1600ms) == healthy);
}

TEST_CASE("Without room in Calls it tries again soon and loses nothing", "[kube]") {
  Peer peer;
  peer.Reply(Answer(200, ListJson("20", {NodeJson("a", "5")}, "next")));
  for (int i = 0; i < 15; ++i) {
    REQUIRE(peer.calls.Send(port::Request::Get("/other"), peer.now()));
  }
  peer.calls.Take();
  const auto other = peer.calls.Open(port::Request::Get("/stream"), peer.now());
  peer.calls.Take();
  REQUIRE(other);
  peer.Fail();
  REQUIRE(peer.calls.Send(port::Request::Get("/last"), peer.now()));
  peer.calls.Take();
  peer.Sleep(5s);
  CHECK_FALSE(peer.listing());
  peer.calls.Accept(port::ResponseReceived{port::CallId{3}, Answer(200)}, peer.now());
  CHECK(peer.Wait() < 500ms);
  CHECK(Contains(peer.target(), "continue=next"));
}

TEST_CASE("A list that is refused says why until the watch is open", "[kube]") {
  Peer peer;
  peer.Reply(Answer(403, StatusJson(403, "Forbidden")));
  REQUIRE(peer.reflector.error());
  CHECK(peer.reflector.error()->kind == base::ErrorKind::kRefused);
  CHECK(peer.reflector.error()->message == "403 Forbidden: because");
  peer.Wait();
  peer.StartWatching();
  CHECK_FALSE(peer.reflector.error());
}

TEST_CASE("Closed, it aborts what is open and never comes back", "[kube]") {
  const Stage stage =
      GENERATE(Stage::kListing, Stage::kSecondPage, Stage::kOpening, Stage::kWatching);
  Peer peer;
  Reach(peer, stage);
  peer.reflector.Close(peer.calls);
  peer.Sleep(1h);
  CHECK(peer.aborted());
  CHECK_FALSE(peer.reflector.current(peer.now()));
  CHECK_FALSE(peer.reflector.wake_at());
  CHECK_FALSE(peer.listing());
  CHECK_FALSE(peer.watching());
}

TEST_CASE("An older list is not taken, and shown as the problem", "[kube]") {
  Peer peer;
  peer.StartWatching();
  peer.Line(LineJson("MODIFIED", NodeJson("a", "31", "v2")));
  peer.Line(LineJson("ERROR", StatusJson(410, "Expired")));
  peer.Wait();
  peer.Reply(Answer(200, ListJson("30", {NodeJson("a", "5")})));
  CHECK_FALSE(peer.watching());
  CHECK(peer.store.Find("a")->kubelet_version == "v2");
  CHECK(Contains(peer.reflector.error()->message, "older than 31"));
}

TEST_CASE("A refresh gives up the watch, lists anew and keeps the objects until then", "[kube]") {
  Peer peer;
  peer.StartWatching();
  REQUIRE(peer.reflector.fresh());
  peer.reflector.Refresh(peer.calls);
  CHECK_FALSE(peer.reflector.fresh());
  peer.Sleep(std::chrono::nanoseconds{1});
  CHECK(peer.aborted());
  REQUIRE(peer.listing());
  CHECK(peer.target() == "/api/v1/nodes?limit=100");
  CHECK(peer.store.items().size() == 1);
  peer.Reply(Answer(200, ListJson("30", {NodeJson("b", "25")})));
  CHECK(peer.reflector.fresh());
  CHECK(peer.store.Find("a") == nullptr);
  CHECK(peer.store.Find("b") != nullptr);
  CHECK(peer.watching());
}

TEST_CASE("A refresh in the middle of a list starts it again", "[kube]") {
  Peer peer;
  peer.Reply(Answer(200, ListJson("20", {NodeJson("a", "5")}, "next")));
  peer.reflector.Refresh(peer.calls);
  peer.Sleep(std::chrono::nanoseconds{1});
  REQUIRE(peer.listing());
  CHECK(peer.target() == "/api/v1/nodes?limit=100");
  CHECK_FALSE(peer.reflector.fresh());
}

TEST_CASE("What is closed stays closed", "[kube]") {
  Peer peer;
  peer.reflector.Close(peer.calls);
  peer.Sleep(1h);
  CHECK(peer.requests() == 1);
  CHECK(cu::test::RunApart([&] {
          peer.reflector.Refresh(peer.calls);
        }).Broke("state_ != State::kClosed"));
}

}  // namespace
}  // namespace cu::kube
