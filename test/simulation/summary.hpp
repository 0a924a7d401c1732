#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <string>

#include "drain_coverage.hpp"
#include "run.hpp"

namespace cu::simulation {

/// Totals over a series of runs: how many, how they ended, how fast.
class Summary {
 public:
  void Count(const RunResult& result);
  void Print(const char* what) const;
  /// The answers to the actions of drains; false if one of DrainCoverage::Kinds() is missing.
  bool PrintDrainCoverage() const;

 private:
  std::size_t runs_ = 0;
  std::uint64_t events_ = 0;
  Duration virtual_time_{};
  int most_evictions_ = 0;
  std::map<std::string, std::size_t> ends_;
  std::map<std::string, std::uint64_t> drain_coverage_ = DrainCoverage::Kinds();
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// Prints the violation of `result` and the command that replays it.
void PrintViolation(const RunResult& result, const std::string& replay);

}  // namespace cu::simulation
