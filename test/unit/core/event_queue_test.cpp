#include "core/event_queue.hpp"

#include <chrono>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/core/wire.hpp"

namespace cu::core {
namespace {

using namespace std::chrono_literals;

api::ClusterUpgrade Upgrade() {
  api::ClusterUpgrade upgrade;
  upgrade.meta.name = "production";
  upgrade.meta.uid = "uid-up";
  return upgrade;
}

planner::EventRecord EventRecord(bool warning, const std::string& node, const std::string& id) {
  return {warning, "NodeFailed", "Upgrading", "the Job failed", node, "uid-" + node, id, false};
}

struct Bench {
  void Add(const planner::EventRecord& record) { queue.Add(Upgrade(), record, wire.now); }
  void Send(std::chrono::seconds term = 1h) {
    queue.Send(wire.now.steady + term, wire.now, wire.calls);
  }
  /// Answers everything that is open.
  std::vector<Json> Answer() {
    std::vector<Json> bodies;
    while (!wire.open().empty()) {
      const Wire::Open open = wire.open().front();
      CHECK(open.request.method == port::Method::kPost);
      CHECK(open.request.target == "/apis/events.k8s.io/v1/namespaces/default/events");
      bodies.push_back(Json::parse(open.request.body));
      wire.Answer(open, 201);
      CHECK(queue.Handle(open.id));
    }
    return bodies;
  }
  /// All that wait, at this instant.
  std::vector<Json> Drain() {
    std::vector<Json> bodies;
    do {
      Send();
      const auto more = Answer();
      bodies.insert(bodies.end(), more.begin(), more.end());
    } while (!queue.empty());
    return bodies;
  }

  Wire wire;
  EventQueue queue{"me"};
};

void AddMinor(Bench& bench, int count) {
  for (int i = 0; i < count; ++i) {
    planner::EventRecord minor = EventRecord(false, "", "minor " + std::to_string(i));
    minor.minor = true;
    bench.Add(minor);
  }
}

TEST_CASE("the same occurrence has the same name, another one another", "[core]") {
  Bench bench;
  bench.Add(EventRecord(false, "n1", "a"));
  bench.wire.Pass(1s);
  bench.Add(EventRecord(false, "n1", "a"));
  bench.Add(EventRecord(false, "n1", "b"));
  const auto bodies = bench.Drain();
  REQUIRE(bodies.size() == 3);
  const auto name = [&](std::size_t i) { return bodies[i]["metadata"]["name"].get<std::string>(); };
  CHECK(name(0) == name(1));
  CHECK(name(0) != name(2));
  CHECK(name(0).starts_with("production."));
  CHECK(name(0).size() == std::string("production.").size() + 16);
}

TEST_CASE("a warning about a node is told on the object and on the node", "[core]") {
  Bench bench;
  bench.Add(EventRecord(true, "n1", "a"));
  const auto bodies = bench.Drain();
  REQUIRE(bodies.size() == 2);
  CHECK(bodies[0]["regarding"]["kind"] == "ClusterUpgrade");
  CHECK(bodies[0]["related"]["name"] == "n1");
  CHECK(bodies[1]["regarding"]["kind"] == "Node");
  CHECK(bodies[1]["regarding"]["uid"] == "uid-n1");
  CHECK(bodies[1]["metadata"]["name"].get<std::string>().starts_with("n1."));
}

TEST_CASE("at most 40 wait, none longer than a minute", "[core]") {
  Bench bench;
  for (int i = 0; i < 50; ++i) {
    bench.Add(EventRecord(false, "n1", std::to_string(i)));
    bench.wire.Pass(1s);
  }
  bench.wire.Pass(19s);
  CHECK(bench.Drain().size() == 30);
}

TEST_CASE("minor ones take no place from the others, go after them and wait longer", "[core]") {
  Bench bench;
  AddMinor(bench, 1'100);
  bench.wire.Pass(1s);
  planner::EventRecord failed = EventRecord(true, "", "failed");
  failed.reason = "NodeUpgradeFailed";
  bench.Add(failed);
  SECTION("the first that is sent") {
    bench.Send();
    CHECK(Json::parse(bench.wire.open().front().request.body)["reason"] == "NodeUpgradeFailed");
    CHECK(bench.Drain().size() == 1'001);
  }
  SECTION("a moment before ten minutes") {
    bench.wire.Pass(598s);
    CHECK(bench.Drain().size() == 1'000);
  }
  SECTION("after ten minutes") {
    bench.wire.Pass(599s);
    CHECK(bench.Drain().empty());
  }
}

TEST_CASE("four are in flight at most, each until the end of the term at most", "[core]") {
  Bench bench;
  for (int i = 0; i < 6; ++i) {
    bench.Add(EventRecord(false, "n1", std::to_string(i)));
  }
  bench.Send(3s);
  bench.Send(3s);
  REQUIRE(bench.wire.open().size() == 4);
  for (const Wire::Open& open : bench.wire.open()) {
    CHECK(open.not_after == bench.wire.now.steady + 3s);
  }
  const Wire::Open first = bench.wire.open().front();
  bench.wire.Answer(first, 409);
  CHECK(bench.queue.Handle(first.id));
  CHECK_FALSE(bench.queue.Handle(first.id));
  bench.Send();
  CHECK(bench.wire.open().size() == 4);
  CHECK_FALSE(bench.queue.empty());
  CHECK(bench.Answer().size() == 4);
  CHECK(bench.Drain().size() == 1);
}

TEST_CASE("an Event for which there is no room waits", "[core]") {
  Bench bench;
  bench.Add(EventRecord(false, "n1", "a"));
  bench.wire.FillUp();
  bench.Send();
  CHECK(bench.wire.open().empty());
  CHECK_FALSE(bench.queue.empty());
  bench.wire.MakeRoom();
  CHECK(bench.Drain().size() == 1);
}

TEST_CASE("the end of a term forgets what waits and what is in flight", "[core]") {
  Bench bench;
  AddMinor(bench, 1);
  bench.Add(EventRecord(false, "n1", "a"));
  bench.Send();
  const port::CallId id = bench.wire.open().front().id;
  AddMinor(bench, 1);
  bench.Add(EventRecord(false, "n1", "a"));
  bench.queue.Clear();
  CHECK(bench.queue.empty());
  CHECK_FALSE(bench.queue.Handle(id));
}

}  // namespace
}  // namespace cu::core
