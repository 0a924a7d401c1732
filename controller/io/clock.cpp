#include "io/clock.hpp"

#include <ctime>

namespace cu::io {

base::Now ReadClocks() {
  timespec boot{};
  clock_gettime(CLOCK_BOOTTIME, &boot);
  const auto since_boot =
      std::chrono::seconds(boot.tv_sec) + std::chrono::nanoseconds(boot.tv_nsec);
  return {std::chrono::time_point_cast<base::WallTime::duration>(std::chrono::system_clock::now()),
          base::SteadyTime(since_boot)};
}

}  // namespace cu::io
