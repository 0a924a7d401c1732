#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "kube/reflector.hpp"
#include "unit/kube/reflector_peer.hpp"

/// Whether a watch is alive: signs of life, and how a quiet server gives them.
namespace cu::kube {
namespace {

using namespace std::chrono_literals;
using namespace test;
using Peer = ReflectorPeer;

TEST_CASE("A watch begins one version below what is known, so that bookmarks of it come",
          "[kube]") {
  const std::vector<std::pair<const char*, const char*>> rows{
      {"21", "20"}, {"1000", "999"}, {"2100", "2099"}, {"2", "1"}, {"1", "1"}, {"abc0", "abc0"}};
  for (const auto& [listed, from] : rows) {
    Peer peer;
    peer.Reply(Answer(200, ListJson(listed, {})));
    CHECK(Contains(peer.target(), "resourceVersion=" + std::string(from) + "&"));
  }
  Peer peer;
  peer.StartWatching();
  peer.Line(LineJson("BOOKMARK", NodeJson("", "20")));
  CHECK(peer.reflector.last_heard() == peer.now().steady);
  peer.Line(LineJson("MODIFIED", NodeJson("a", "20", "v2")));
  CHECK(peer.store.Find("a")->kubelet_version == "v1");
  peer.End();
  CHECK(Contains(peer.target(), "resourceVersion=19&"));
}

TEST_CASE("Where the version below is gone the watch begins at the list's own", "[kube]") {
  const bool in_stream = GENERATE(false, true);
  const auto gone = [in_stream](Peer& peer) {
    if (in_stream) {
      peer.Open();
      peer.Line(LineJson("ERROR", StatusJson(410, "Expired")));
    } else {
      peer.Reply(Answer(410));
    }
    peer.Wait();
  };
  Peer peer;
  peer.Reply(Answer(200, ListJson("20", {})));
  gone(peer);
  REQUIRE(peer.watching());
  CHECK(Contains(peer.target(), "resourceVersion=20&"));
  gone(peer);
  REQUIRE(peer.listing());
  peer.Reply(Answer(200, ListJson("30", {})));
  CHECK(Contains(peer.target(), "resourceVersion=29&"));
}

TEST_CASE("A watch that is silent for too long is dead: it is aborted, and listed anew", "[kube]") {
  Peer peer;
  peer.StartWatching();
  peer.Sleep(60s);
  peer.Line(LineJson("BOOKMARK", NodeJson("", "25")));
  CHECK(peer.reflector.last_heard() == peer.now().steady);
  peer.Sleep(99s);
  CHECK_FALSE(peer.aborted());
  CHECK(peer.reflector.current(peer.now()));
  peer.Sleep(26s);
  CHECK(peer.aborted());
  CHECK_FALSE(peer.reflector.current(peer.now()));
  peer.Wait();
  REQUIRE(peer.listing());
  CHECK_FALSE(peer.reflector.current(peer.now()));
  peer.Reply(Answer(200, ListJson("30", {NodeJson("a", "5")})));
  peer.Open();
  CHECK(peer.reflector.current(peer.now()));
}

}  // namespace
}  // namespace cu::kube
