#include <string>

#include <catch2/catch.hpp>

#include "kube/reflector.hpp"
#include "unit/kube/reflector_peer.hpp"

/// Lists that are older than what was shown before.
namespace cu::kube {
namespace {

using namespace std::chrono_literals;
using namespace test;
using Peer = ReflectorPeer;

/// A watch that ended, and this many lists that are older than what it had shown.
void ListOlder(Peer& peer, int times) {
  for (int i = 0; i < times; ++i) {
    peer.Wait();
    REQUIRE(peer.listing());
    peer.Reply(Answer(200, ListJson("12", {NodeJson("b", "4")})));
  }
}

TEST_CASE("Three older lists in a row are believed, as after a restore of etcd", "[kube]") {
  Peer peer;
  peer.StartWatching();
  peer.Line(LineJson("ERROR", StatusJson(410, "Expired")));
  peer.Wait();
  peer.Reply(Answer(410));
  const auto begin = peer.time();
  ListOlder(peer, 1);
  CHECK(peer.reflector.in_doubt());
  CHECK_FALSE(peer.reflector.current(peer.now()));
  CHECK(Contains(peer.reflector.error()->message, "older than 20, which was seen before"));
  ListOlder(peer, 1);
  CHECK_FALSE(peer.reflector.went_back());
  CHECK(peer.store.Find("a"));
  ListOlder(peer, 1);
  CHECK(peer.reflector.went_back());
  CHECK(peer.time() - begin < 15s);
  peer.reflector.BeginAnew(peer.calls);
  CHECK(peer.store.items().empty());
  CHECK_FALSE(peer.reflector.listed());
  CHECK_FALSE(peer.reflector.in_doubt());
  CHECK(peer.Wait() == 0s);
  peer.Reply(Answer(200, ListJson("12", {NodeJson("b", "4")})));
  CHECK(Contains(peer.target(), "resourceVersion=11"));
  peer.Open();
  CHECK(peer.reflector.current(peer.now()));
  CHECK(peer.store.Find("b"));
}

TEST_CASE("An older list now and then is not believed", "[kube]") {
  Peer peer;
  peer.StartWatching();
  peer.Line(LineJson("ERROR", StatusJson(410, "Expired")));
  peer.Wait();
  peer.Reply(Answer(410));
  ListOlder(peer, 2);
  SECTION("a newer one ends the doubt") {
    peer.Wait();
    peer.Reply(Answer(200, ListJson("30", {NodeJson("a", "5")})));
    CHECK_FALSE(peer.reflector.in_doubt());
    peer.Open();
    CHECK(peer.reflector.current(peer.now()));
  }
  SECTION("nor are those that are further apart than half a minute") {
    peer.Wait();
    peer.Reply(Answer(429, "", 40s));
    ListOlder(peer, 2);
    CHECK(peer.reflector.in_doubt());
    CHECK_FALSE(peer.reflector.went_back());
  }
}

}  // namespace
}  // namespace cu::kube
