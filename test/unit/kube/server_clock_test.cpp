#include "kube/server_clock.hpp"

#include <catch2/catch.hpp>

#include "unit/apart.hpp"

namespace cu::kube {
namespace {

using namespace std::chrono_literals;

/// Our clock `ahead` of a server whose clock shows `time` after the tests' beginning.
base::Now Clocks(std::chrono::milliseconds time, std::chrono::milliseconds ahead = 0ms) {
  return {base::WallTime(1'700'000'000s + time + ahead), base::SteadyTime(1000s + time)};
}

/// An answer that the server gives at `time`, 100 ms after it was asked and 100 ms before it is
/// heard.
void Observe(ServerClock& clock,
             std::chrono::milliseconds time,
             std::chrono::milliseconds server_ahead = 0ms) {
  const auto date = std::chrono::floor<std::chrono::seconds>(Clocks(time, server_ahead).wall);
  clock.Observe(date, Clocks(time - 100ms).steady, Clocks(time + 100ms).steady);
}

TEST_CASE("before the first answer our own clock counts", "[kube]") {
  ServerClock clock;
  CHECK_FALSE(clock.Ahead(Clocks(0s)));
  CHECK(clock.Correct(Clocks(0s, 1h)).wall == Clocks(0s, 1h).wall);
}

TEST_CASE("a clock that is minutes off is replaced by the server's", "[kube]") {
  const std::chrono::seconds off = GENERATE(1860s, -1860s, 86400s, -6s, 6s);
  ServerClock clock;
  Observe(clock, 300ms);
  const base::Now right = clock.Correct(Clocks(60s, off));
  CHECK(std::chrono::abs(right.wall - Clocks(60s).wall) <= 700ms);
  CHECK(right.steady == Clocks(60s).steady);
  CHECK(std::chrono::abs(*clock.Ahead(Clocks(60s, off)) - off) <= 700ms);
}

TEST_CASE("a clock that is a little off stays", "[kube]") {
  const std::chrono::seconds off = GENERATE(0s, 4s, -4s);
  ServerClock clock;
  Observe(clock, 300ms);
  CHECK(clock.Correct(Clocks(60s, off)).wall == Clocks(60s, off).wall);
}

TEST_CASE("a clock that was corrected has to agree well before it counts again", "[kube]") {
  ServerClock clock;
  Observe(clock, 500ms);
  CHECK(clock.Correct(Clocks(1s, 10s)).wall != Clocks(1s, 10s).wall);
  CHECK(clock.Correct(Clocks(2s, 3s)).wall != Clocks(2s, 3s).wall);
  CHECK(clock.Correct(Clocks(3s, 1s)).wall == Clocks(3s, 1s).wall);
  CHECK(clock.Correct(Clocks(4s, 3s)).wall == Clocks(4s, 3s).wall);
}

TEST_CASE("answers narrow what the server's clock may show", "[kube]") {
  ServerClock clock;
  for (const auto at : {900ms, 1100ms, 2500ms, 3400ms, 4000ms}) {
    Observe(clock, at);
  }
  CHECK(std::chrono::abs(*clock.Ahead(Clocks(10s))) <= 150ms);
}

TEST_CASE("a server whose clock was set is believed at its third answer in a row", "[kube]") {
  ServerClock clock;
  Observe(clock, 300ms);
  Observe(clock, 1s, 31min);
  Observe(clock, 2s, 31min);
  CHECK(std::chrono::abs(*clock.Ahead(Clocks(3s))) <= 700ms);
  Observe(clock, 3s);
  Observe(clock, 4s, 31min);
  Observe(clock, 5s, 31min);
  CHECK(std::chrono::abs(*clock.Ahead(Clocks(6s))) <= 700ms);
  Observe(clock, 6s, 31min);
  CHECK(*clock.Ahead(Clocks(7s)) <= -30min);
}

TEST_CASE("an answer that took long says nothing", "[kube]") {
  ServerClock clock;
  clock.Observe(Clocks(0s).wall, Clocks(0s).steady, Clocks(6s).steady);
  CHECK_FALSE(clock.Ahead(Clocks(6s)));
  CHECK(cu::test::RunApart([&] {
          clock.Observe(Clocks(0s).wall, Clocks(1s).steady, Clocks(0s).steady);
        }).Broke("sent <= now"));
}

}  // namespace
}  // namespace cu::kube
