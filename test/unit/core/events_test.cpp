#include "core/events.hpp"

#include <chrono>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace cu::core {
namespace {

using Json = nlohmann::json;
using namespace std::chrono_literals;

base::Now At(std::chrono::seconds time) {
  return {base::WallTime(time), base::SteadyTime(time)};
}

api::ClusterUpgrade Upgrade() {
  api::ClusterUpgrade upgrade;
  upgrade.meta.name = "production";
  upgrade.meta.uid = "uid-up";
  return upgrade;
}

planner::EventRecord EventRecord(bool warning, const std::string& node, const std::string& id) {
  return {warning, "NodeFailed", "Upgrading", "the Job failed", node, "uid-" + node, id, false};
}

std::vector<Json> Drain(EventQueue& queue) {
  std::vector<Json> bodies;
  for (; !queue.empty(); queue.Pop()) {
    CHECK(queue.front().target == "/apis/events.k8s.io/v1/namespaces/default/events");
    bodies.push_back(Json::parse(queue.front().body));
  }
  return bodies;
}

TEST_CASE("the same occurrence has the same name, another one another", "[core]") {
  EventQueue queue("me");
  queue.Add(Upgrade(), EventRecord(false, "n1", "a"), At(1s));
  queue.Add(Upgrade(), EventRecord(false, "n1", "a"), At(2s));
  queue.Add(Upgrade(), EventRecord(false, "n1", "b"), At(2s));
  const auto bodies = Drain(queue);
  REQUIRE(bodies.size() == 3);
  const auto name = [&](std::size_t i) { return bodies[i]["metadata"]["name"].get<std::string>(); };
  CHECK(name(0) == name(1));
  CHECK(name(0) != name(2));
  CHECK(name(0).starts_with("production."));
  CHECK(name(0).size() == std::string("production.").size() + 16);
}

TEST_CASE("a warning about a node is told on the object and on the node", "[core]") {
  EventQueue queue("me");
  queue.Add(Upgrade(), EventRecord(true, "n1", "a"), At(1s));
  const auto bodies = Drain(queue);
  REQUIRE(bodies.size() == 2);
  CHECK(bodies[0]["regarding"]["kind"] == "ClusterUpgrade");
  CHECK(bodies[0]["related"]["name"] == "n1");
  CHECK(bodies[1]["regarding"]["kind"] == "Node");
  CHECK(bodies[1]["regarding"]["uid"] == "uid-n1");
  CHECK(bodies[1]["metadata"]["name"].get<std::string>().starts_with("n1."));
}

TEST_CASE("at most 40 wait, none longer than a minute", "[core]") {
  EventQueue queue("me");
  for (int i = 0; i < 50; ++i) {
    queue.Add(Upgrade(), EventRecord(false, "n1", std::to_string(i)), At(std::chrono::seconds(i)));
  }
  queue.Expire(At(69s).steady);
  CHECK(Drain(queue).size() == 30);
}

TEST_CASE("minor ones take no place from the others, go after them and wait longer", "[core]") {
  EventQueue queue("me");
  for (int i = 0; i < 1'100; ++i) {
    planner::EventRecord minor = EventRecord(false, "", "minor " + std::to_string(i));
    minor.minor = true;
    queue.Add(Upgrade(), minor, At(0s));
  }
  planner::EventRecord failed = EventRecord(true, "", "failed");
  failed.reason = "NodeUpgradeFailed";
  queue.Add(Upgrade(), failed, At(1s));
  CHECK(Json::parse(queue.front().body)["reason"] == "NodeUpgradeFailed");
  queue.Expire(At(599s).steady);
  CHECK(Drain(queue).size() == 1'000);
}

}  // namespace
}  // namespace cu::core
