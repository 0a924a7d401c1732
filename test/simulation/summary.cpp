#include "summary.hpp"

#include <algorithm>
#include <cstdio>

namespace cu::simulation {

void Summary::Count(const RunResult& result) {
  ++runs_;
  events_ += result.events;
  virtual_time_ += result.virtual_time;
  for (const auto& [kind, count] : result.drain_coverage) {
    drain_coverage_[kind] += count;
  }
  most_evictions_ = std::max(most_evictions_, result.most_evictions);
  ++ends_[result.end.substr(0, result.end.find(':'))];
}

void Summary::Print(const char* what) const {
  const std::chrono::duration<double> real = std::chrono::steady_clock::now() - start_;
  const std::chrono::duration<double, std::ratio<3600>> hours = virtual_time_;
  std::printf("%zu %s, %llu events, %.0f events/s, %.0f virtual hours, %.1f s\n",
              runs_,
              what,
              static_cast<unsigned long long>(events_),
              static_cast<double>(events_) / real.count(),
              hours.count(),
              real.count());
  for (const auto& [end, count] : ends_) {
    std::printf("  %6zu ended %s\n", count, end.c_str());
  }
  std::printf("  at most %d evictions in a row for one controller, node and drain\n",
              most_evictions_);
}

bool Summary::PrintDrainCoverage() const {
  bool complete = true;
  for (const auto& [kind, count] : drain_coverage_) {
    std::printf("  %8llu %s\n", static_cast<unsigned long long>(count), kind.c_str());
    complete = complete && count > 0;
  }
  return complete;
}

void PrintViolation(const RunResult& result, const std::string& replay) {
  std::printf("%s broken after %.3f s: %s\n  replay: %s\n",
              result.violation->promise.c_str(),
              std::chrono::duration<double>(result.virtual_time).count(),
              result.violation->text.c_str(),
              replay.c_str());
  std::fflush(stdout);
}

}  // namespace cu::simulation
