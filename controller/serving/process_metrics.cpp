#include "serving/process_metrics.hpp"

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <unistd.h>

#include "serving/family.hpp"

namespace cu::serving {
namespace {

using prometheus::MetricType;

/// Fields of /proc/self/stat, proc(5), counted from 1.
struct Stat {
  double user_ticks = 0;      // 14
  double system_ticks = 0;    // 15
  double start_ticks = 0;     // 22, since boot
  double virtual_bytes = 0;   // 23
  double resident_pages = 0;  // 24
};

Stat ReadStat() {
  std::ifstream file("/proc/self/stat");
  std::string text;
  std::getline(file, text);
  // The second field is the program's name in parentheses and may hold anything.
  std::istringstream rest(text.substr(text.rfind(')') + 1));
  Stat stat;
  const std::map<int, double*> wanted{{14, &stat.user_ticks},
                                      {15, &stat.system_ticks},
                                      {22, &stat.start_ticks},
                                      {23, &stat.virtual_bytes},
                                      {24, &stat.resident_pages}};
  std::string field;
  for (int number = 3; number <= 24 && rest >> field; ++number) {
    if (const auto found = wanted.find(number); found != wanted.end()) {
      *found->second = std::stod(field);
    }
  }
  return stat;
}

double BootTime() {
  std::ifstream file("/proc/stat");
  std::string word;
  double seconds = 0;
  while (file >> word) {
    if (word == "btime") {
      file >> seconds;
      break;
    }
  }
  return seconds;
}

double OpenFiles() {
  std::error_code error;
  double count = 0;
  for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end;
       !error && entry != end;
       entry.increment(error)) {
    ++count;
  }
  return count;
}

prometheus::MetricFamily Single(const char* name, const char* help, MetricType type, double value) {
  Family family(name, help, type);
  family.Add({}, value);
  return std::move(family).Take();
}

}  // namespace

std::vector<prometheus::MetricFamily> ProcessMetrics() {
  const Stat stat = ReadStat();
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  const auto page = static_cast<double>(sysconf(_SC_PAGESIZE));
  return {
      Single("process_cpu_seconds_total",
             "User and system CPU time spent in seconds",
             MetricType::Counter,
             (stat.user_ticks + stat.system_ticks) / ticks),
      Single("process_resident_memory_bytes",
             "Resident memory size in bytes",
             MetricType::Gauge,
             stat.resident_pages * page),
      Single("process_virtual_memory_bytes",
             "Virtual memory size in bytes",
             MetricType::Gauge,
             stat.virtual_bytes),
      Single("process_open_fds", "Number of open file descriptors", MetricType::Gauge, OpenFiles()),
      Single("process_start_time_seconds",
             "Start time of the process since unix epoch in seconds",
             MetricType::Gauge,
             BootTime() + stat.start_ticks / ticks)};
}

}  // namespace cu::serving
