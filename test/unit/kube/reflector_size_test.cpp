#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/kube/reflector_peer.hpp"

// Pages and lines that are larger than the shell takes.
namespace cu::kube {
namespace {

using namespace std::chrono_literals;
using namespace test;
using Peer = ReflectorPeer;

TEST_CASE("A page that is too large is asked for at once with fewer objects", "[kube]") {
  Peer peer;
  peer.Reply(Answer(200, ListJson("20", {NodeJson("a", "5")}, "next")));
  std::string sizes;
  for (int i = 0; i < 4; ++i) {
    peer.TooLarge();
    CHECK((peer.Wait() == 0s) == (i < 2));
    CHECK(Contains(peer.target(), "&continue=next"));
    const auto at = peer.target().find("limit=") + 6;
    sizes += peer.target().substr(at, peer.target().find('&') - at) + " ";
  }
  CHECK(sizes == "12 1 1 1 ");
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

TEST_CASE("Thirty objects near the server's limit are listed without a pause", "[kube]") {
  constexpr std::size_t kMegabyte = 1'000'000;
  constexpr int kObjects = 30;
  const std::string padding(kMegabyte, 'x');
  Peer peer;
  int next = 0;
  int answers = 0;
  while (peer.listing()) {
    REQUIRE(++answers < 40);
    const auto at = peer.target().find("limit=") + 6;
    const int limit = std::stoi(peer.target().substr(at));
    if (std::min(limit, kObjects - next) > 10) {
      peer.TooLarge();
      continue;
    }
    std::vector<std::string> items;
    for (int i = 0; i < limit && next < kObjects; ++i, ++next) {
      items.push_back(R"({"metadata":{"name":"n)" + std::to_string(next) +
                      R"(","uid":"u","resourceVersion":"5","managedFields":[")" + padding +
                      R"("]}})");
    }
    peer.Reply(Answer(200, ListJson("20", items, next < kObjects ? "next" : "")));
  }
  CHECK(peer.time() == 0s);
  CHECK(peer.store.items().size() == kObjects);
  CHECK_FALSE(peer.reflector.error());
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
