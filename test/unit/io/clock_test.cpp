#include "io/clock.hpp"

#include <chrono>
#include <fstream>

#include <catch2/catch.hpp>

namespace cu::io {
namespace {

TEST_CASE("the wall clock is the system's", "[io]") {
  const auto before =
      std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  const base::WallTime wall = ReadClocks().wall;
  CHECK(wall >= before);
  CHECK(wall <= std::chrono::system_clock::now());
}

TEST_CASE("the steady clock counts from the boot and never goes back", "[io]") {
  base::SteadyTime last = ReadClocks().steady;
  for (int i = 0; i < 1000; ++i) {
    const base::SteadyTime next = ReadClocks().steady;
    REQUIRE(next >= last);
    last = next;
  }
  double up = 0;
  std::ifstream("/proc/uptime") >> up;  // of CLOCK_BOOTTIME, in hundredths of a second
  CHECK(std::chrono::duration<double>(last.time_since_epoch()).count() == Approx(up).margin(30));
}

}  // namespace
}  // namespace cu::io
