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

#include "replay_on_crash.hpp"
#include "run.hpp"
#include "summary.hpp"

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

[[noreturn]] void ThrowErrno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// How a child process ended; small enough for an atomic write to a pipe.
struct ChildResult {
  std::uint64_t events = 0;
  Duration::rep virtual_time = 0;
  bool broken = false;
  std::array<char, 64> text{};
};

/// The child processes (forks of this program), at most one per core.
class ChildProcesses {
 public:
  explicit ChildProcesses(Summary& summary) : summary_(summary) {
    if (pipe(pipe_.data()) != 0) {
      ThrowErrno("pipe");
    }
  }
  ~ChildProcesses() {
    for (const int descriptor : pipe_) {
      close(descriptor);
    }
  }
  ChildProcesses(const ChildProcesses&) = delete;
  ChildProcesses& operator=(const ChildProcesses&) = delete;

  /// Returns true in the child.
  bool Fork() {
    while (children_.size() >= std::max(1U, std::thread::hardware_concurrency())) {
      Await();
    }
    std::fflush(stdout);
    const pid_t child = fork();
    if (child < 0) {
      ThrowErrno("fork");
    }
    if (child > 0) {
      children_.insert(child);
      ++points_;
    }
    return child == 0;
  }

  /// Ends the child process.
  [[noreturn]] void Finish(const RunResult& result, const std::string& replay) const {
    if (result.violation) {
      PrintViolation(result, replay);
    }
    ChildResult end{result.events, result.virtual_time.count(), result.violation.has_value(), {}};
    result.end.copy(end.text.data(), end.text.size() - 1);
    const bool written = write(pipe_[1], &end, sizeof(end)) == sizeof(end);
    _exit(written ? EXIT_SUCCESS : EXIT_FAILURE);
  }

  void AwaitAll() {
    while (!children_.empty()) {
      Await();
    }
  }
  std::size_t points() const { return points_; }
  std::size_t broken() const { return broken_; }

 private:
  void Await() {
    int status = 0;
    const pid_t child = wait(&status);
    if (child < 0 || children_.erase(child) == 0) {
      ThrowErrno("wait");
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != EXIT_SUCCESS) {
      std::printf("a child process died, wait status %d\n", status);
      ++broken_;
      return;
    }
    ChildResult end;
    if (read(pipe_[0], &end, sizeof(end)) != sizeof(end)) {
      ThrowErrno("read");
    }
    broken_ += end.broken ? 1 : 0;
    RunResult result;
    result.end = end.text.data();
    result.events = end.events;
    result.virtual_time = Duration(end.virtual_time);
    summary_.Count(result);
  }

  Summary& summary_;
  std::array<int, 2> pipe_{};
  std::set<pid_t> children_;
  std::size_t points_ = 0;
  std::size_t broken_ = 0;
};

/// Decides where the parent and its children crash: the parent nowhere, each child at one point.
class CrashPoints {
 public:
  explicit CrashPoints(ChildProcesses& children) : children_(children) {}

  std::optional<CrashTiming> At(std::uint64_t write) {
    for (const CrashTiming timing :
         {CrashTiming::kBefore, CrashTiming::kDuring, CrashTiming::kAfter}) {
      if (!flags_ && children_.Fork()) {
        flags_ = "--write " + std::to_string(write) + " --" + NameOf(timing);
        return timing;
      }
    }
    return std::nullopt;
  }
  /// The flags of a replay that crashes where this child did; none in the parent.
  const std::optional<std::string>& flags() const { return flags_; }

 private:
  ChildProcesses& children_;
  std::optional<std::string> flags_;
};

}  // namespace

bool CrashEverywhere(const std::string& program, const Factory& factory) {
  Summary summary;
  ChildProcesses children(summary);
  std::size_t broken = 0;
  const std::vector<Scenario> scenarios = ReferenceScenarios();
  for (std::size_t index = 0; index < scenarios.size(); ++index) {
    const std::string replay = program + " replay --reference " + std::to_string(index) + " ";
    ReplayOnCrash replay_on_crash(replay + "--trace");
    CrashPoints points(children);
    Run run(scenarios[index], factory);
    run.set_crash([&](std::uint64_t write) {
      const std::optional<CrashTiming> timing = points.At(write);
      if (timing) {
        replay_on_crash.set_command(replay + *points.flags() + " --trace");
      }
      return timing;
    });
    const RunResult result = run.Go();
    if (points.flags()) {
      children.Finish(result, replay + *points.flags() + " --trace");
    }
    summary.Count(result);
    if (result.violation) {
      ++broken;
      PrintViolation(result, replay + "--trace");
    }
  }
  children.AwaitAll();
  summary.Print("upgrades with at most one crash");
  std::printf("%zu distinct crash points\n", children.points());
  return broken == 0 && children.broken() == 0;
}

}  // namespace cu::simulation
