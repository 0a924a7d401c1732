#include "serving/process_metrics.hpp"

#include <chrono>
#include <ctime>
#include <fcntl.h>
#include <map>
#include <string>
#include <unistd.h>
#include <vector>

#include <catch2/catch.hpp>

namespace cu::serving {
namespace {

std::map<std::string, double> Values() {
  std::map<std::string, double> values;
  for (const prometheus::MetricFamily& family : ProcessMetrics()) {
    values[family.name] = family.metric.at(0).gauge.value;
  }
  return values;
}

TEST_CASE("open files are counted", "[serving]") {
  const double before = Values().at("process_open_fds");
  const int more = open("/dev/null", O_RDONLY);
  CHECK(Values().at("process_open_fds") == before + 1);
  close(more);
  CHECK(Values().at("process_open_fds") == before);
}

TEST_CASE("memory is counted in bytes as it is taken", "[serving]") {
  constexpr std::size_t kTaken = 64U << 20U;
  const auto before = Values();
  const std::vector<char> taken(kTaken, 'x');
  const auto after = Values();
  CHECK(after.at("process_resident_memory_bytes") - before.at("process_resident_memory_bytes") ==
        Approx(kTaken).epsilon(0.1));
  CHECK(after.at("process_virtual_memory_bytes") - before.at("process_virtual_memory_bytes") ==
        Approx(kTaken).epsilon(0.1));
  CHECK(taken.back() == 'x');
}

TEST_CASE("CPU time and the start are in seconds", "[serving]") {
  const auto values = Values();
  CHECK(values.at("process_cpu_seconds_total") ==
        Approx(static_cast<double>(std::clock()) / CLOCKS_PER_SEC).margin(0.5));
  const auto now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch());
  CHECK(values.at("process_start_time_seconds") > now.count() - 3600);
  CHECK(values.at("process_start_time_seconds") < now.count() + 2);
}

TEST_CASE("counters and gauges are told apart", "[serving]") {
  for (const prometheus::MetricFamily& family : ProcessMetrics()) {
    INFO(family.name);
    CHECK((family.type == prometheus::MetricType::Counter) == family.name.ends_with("_total"));
  }
}

}  // namespace
}  // namespace cu::serving
