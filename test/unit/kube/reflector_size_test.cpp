#include <string>

#include <catch2/catch.hpp>

#include "unit/kube/reflector_peer.hpp"

// Pages and lines that are larger than the shell takes.
namespace cu::kube {
namespace {

using namespace std::chrono_literals;
using test::Answer;
using test::LineJson;
using test::ListJson;
using test::NodeJson;
using test::StatusJson;
using Peer = test::ReflectorPeer;

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("A page that is too large is asked for with half as many objects", "[kube]") {
  Peer peer;
  peer.Reply(Answer(200, ListJson("20", {NodeJson("a", "5")}, "next")));
  std::string sizes;
  for (int i = 0; i < 8; ++i) {
    peer.TooLarge();
    const auto waited = peer.Wait();
    CHECK(waited >= 800ms);
    CHECK(waited < (i < 6 ? 5s : 60s));
    CHECK(Contains(peer.target(), "&continue=next"));
    const auto at = peer.target().find("limit=") + 6;
    sizes += peer.target().substr(at, peer.target().find('&') - at) + " ";
  }
  CHECK(sizes == "50 25 12 6 3 1 1 1 ");
  CHECK(peer.reflector.error()->message ==
        "while listing a single object: the response is too large");
  peer.Reply(Answer(200, ListJson("20", {NodeJson("b", "6")})));
  CHECK(peer.store.items().size() == 2);
  peer.Open();
  peer.Line(LineJson("BOOKMARK", NodeJson("", "25")));
  peer.Line(LineJson("ERROR", StatusJson(410, "Expired")));
  peer.Wait();
  CHECK(Contains(peer.target(), "limit=2"));
}

TEST_CASE("After a line that is too long it lists anew", "[kube]") {
  Peer peer;
  peer.StartWatching();
  peer.LineTooLong();
  CHECK(peer.Wait() >= 800ms);
  REQUIRE(peer.listing());
  CHECK(Contains(peer.target(), "limit=100"));
}

}  // namespace
}  // namespace cu::kube
