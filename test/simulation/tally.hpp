#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <string>

#include "answers.hpp"
#include "run.hpp"

namespace cu::simulation {

/// Adds up runs, and says at the end how many and how fast.
class Tally {
 public:
  void Count(const RunResult& result);
  void Print(const char* what) const;
  /// What became of the acts of drains; false if a kind was never met.
  bool PrintAnswers() const;

 private:
  std::size_t runs_ = 0;
  std::uint64_t events_ = 0;
  Duration virtual_time_{};
  std::map<std::string, std::size_t> ends_;
  std::map<std::string, std::uint64_t> answers_ = Answers::Kinds();
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// The violation of `result`, and the command that shows it again.
void Report(const RunResult& result, const std::string& replay);

}  // namespace cu::simulation
