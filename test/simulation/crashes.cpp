#include "crashes.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <set>
#include <system_error>
#include <thread>
#include <unistd.h>

#include <sys/wait.h>

#include "run.hpp"
#include "tally.hpp"

namespace cu::simulation {
namespace {

const char* NameOf(CrashTiming timing) {
  switch (timing) {
    case CrashTiming::kBefore:
      return "before";
    case CrashTiming::kDuring:
      return "during";
    case CrashTiming::kAfter:
      return "after";
  }
  return "";
}

[[noreturn]] void GiveUp(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// How a copy ended, small enough to be written to a pipe in one piece.
struct End {
  std::uint64_t events = 0;
  Duration::rep virtual_time = 0;
  bool broken = false;
  std::array<char, 64> text{};
};

/// The copies of this program that are at work, one for each core at most.
class Copies {
 public:
  explicit Copies(Tally& tally) : tally_(tally) {
    if (pipe(pipe_.data()) != 0) {
      GiveUp("pipe");
    }
  }
  ~Copies() {
    for (const int end : pipe_) {
      close(end);
    }
  }
  Copies(const Copies&) = delete;
  Copies& operator=(const Copies&) = delete;

  /// True in the copy.
  bool Split() {
    while (copies_.size() >= std::max(1U, std::thread::hardware_concurrency())) {
      Await();
    }
    std::fflush(stdout);
    const pid_t copy = fork();
    if (copy < 0) {
      GiveUp("fork");
    }
    if (copy > 0) {
      copies_.insert(copy);
      ++points_;
    }
    return copy == 0;
  }

  /// Ends the copy.
  [[noreturn]] void Finish(const RunResult& result, const std::string& replay) const {
    if (result.violation) {
      Report(result, replay);
    }
    End end{result.events, result.virtual_time.count(), result.violation.has_value(), {}};
    result.end.copy(end.text.data(), end.text.size() - 1);
    const bool told = write(pipe_[1], &end, sizeof(end)) == sizeof(end);
    _exit(told ? EXIT_SUCCESS : EXIT_FAILURE);
  }

  void AwaitAll() {
    while (!copies_.empty()) {
      Await();
    }
  }
  std::size_t points() const { return points_; }
  std::size_t broken() const { return broken_; }

 private:
  void Await() {
    int status = 0;
    const pid_t copy = wait(&status);
    if (copy < 0 || copies_.erase(copy) == 0) {
      GiveUp("wait");
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != EXIT_SUCCESS) {
      std::printf("a copy of the program died, wait status %d\n", status);
      ++broken_;
      return;
    }
    End end;
    if (read(pipe_[0], &end, sizeof(end)) != sizeof(end)) {
      GiveUp("read");
    }
    broken_ += end.broken ? 1 : 0;
    RunResult result;
    result.end = end.text.data();
    result.events = end.events;
    result.virtual_time = Duration(end.virtual_time);
    tally_.Count(result);
  }

  Tally& tally_;
  std::array<int, 2> pipe_{};
  std::set<pid_t> copies_;
  std::size_t points_ = 0;
  std::size_t broken_ = 0;
};

/// Decides, in the program itself and in its copies, where they crash.
class CrashPoints {
 public:
  explicit CrashPoints(Copies& copies) : copies_(copies) {}

  std::optional<CrashTiming> At(std::uint64_t write) {
    for (const CrashTiming timing :
         {CrashTiming::kBefore, CrashTiming::kDuring, CrashTiming::kAfter}) {
      if (!flags_ && copies_.Split()) {
        flags_ = "--write " + std::to_string(write) + " --" + NameOf(timing);
        return timing;
      }
    }
    return std::nullopt;
  }
  /// What a replay needs to crash where this copy did; none in the program itself.
  const std::optional<std::string>& flags() const { return flags_; }

 private:
  Copies& copies_;
  std::optional<std::string> flags_;
};

}  // namespace

bool CrashEverywhere(const std::string& program, const Factory& factory) {
  Tally tally;
  Copies copies(tally);
  std::size_t broken = 0;
  const std::vector<Scenario> scenarios = ReferenceScenarios();
  for (std::size_t index = 0; index < scenarios.size(); ++index) {
    const std::string replay = program + " replay --reference " + std::to_string(index) + " ";
    CrashPoints points(copies);
    Run run(scenarios[index], factory);
    run.set_crash([&](std::uint64_t write) { return points.At(write); });
    const RunResult result = run.Go();
    if (points.flags()) {
      copies.Finish(result, replay + *points.flags() + " --trace");
    }
    tally.Count(result);
    if (result.violation) {
      ++broken;
      Report(result, replay + "--trace");
    }
  }
  copies.AwaitAll();
  tally.Print("upgrades with at most one crash");
  std::printf("%zu distinct crash points\n", copies.points());
  return broken == 0 && copies.broken() == 0;
}

}  // namespace cu::simulation
