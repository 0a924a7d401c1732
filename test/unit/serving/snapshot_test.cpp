#include "serving/snapshot.hpp"

#include <catch2/catch.hpp>

namespace cu::serving {
namespace {

TEST_CASE("before the first turn there is no view", "[serving]") {
  const Snapshot::PublishedState state = Snapshot().Read();
  CHECK(state.view == nullptr);
  CHECK(state.turns.total == 0);
  CHECK_FALSE(state.stopping);
}

TEST_CASE("the newest view is read, and every turn is counted", "[serving]") {
  Snapshot snapshot;
  const auto first = std::make_shared<core::View>();
  const auto second = std::make_shared<core::View>();
  snapshot.Publish(first, 0.25);
  const Snapshot::PublishedState before = snapshot.Read();
  snapshot.Publish(second, 0.5);
  CHECK(before.view == first);
  CHECK(before.turns.total == 1);
  CHECK(snapshot.Read().view == second);
  CHECK(snapshot.Read().turns.total == 2);
  CHECK(snapshot.Read().turns.sum == 0.75);
}

TEST_CASE("a stop stays", "[serving]") {
  Snapshot snapshot;
  snapshot.Stopping();
  snapshot.Publish(std::make_shared<core::View>(), 0);
  CHECK(snapshot.Read().stopping);
}

}  // namespace
}  // namespace cu::serving
