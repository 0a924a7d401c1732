#include "replay_on_crash.hpp"

#include <array>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>

using cu::simulation::InstallCrashHandler;
using cu::simulation::ReplayOnCrash;

namespace {

struct Death {
  std::string output;
  int signal = 0;  ///< that ended the process; 0: it exited
};

/// Runs `body` in a child process with the handler installed.
Death InChild(const std::function<void()>& body) {
  std::array<int, 2> pipe_ends{};
  REQUIRE(pipe(pipe_ends.data()) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const rlimit no_core{0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    dup2(pipe_ends[1], STDERR_FILENO);
    // Catch2's own handlers.
    signal(SIGABRT, SIG_DFL);
    signal(SIGSEGV, SIG_DFL);
    InstallCrashHandler();
    body();
    _exit(EXIT_SUCCESS);
  }
  close(pipe_ends[1]);
  Death death;
  std::array<char, 256> buffer{};
  for (ssize_t count = 0; (count = read(pipe_ends[0], buffer.data(), buffer.size())) > 0;) {
    death.output.append(buffer.data(), static_cast<std::size_t>(count));
  }
  close(pipe_ends[0]);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  death.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  return death;
}

void ReadForbiddenPage() {
  void* page = mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  static_cast<void>(*static_cast<volatile char*>(page));
}

/// Uses up the stack long before `depth` is reached.
int Recurse(int depth) {
  std::array<volatile char, 4096> frame{};
  frame[0] = static_cast<char>(depth);
  return depth == 0 ? 0 : Recurse(depth - 1) + frame[0];
}

const std::string kMessage = "the run crashed\n  replay: simulation replay --seed 7 --trace\n";
const std::string kCommand = "simulation replay --seed 7 --trace";

}  // namespace

TEST_CASE("An abort prints the replay command and still ends the process", "[replay]") {
  const Death death = InChild([] {
    const ReplayOnCrash replay(kCommand);
    std::abort();
  });
  CHECK(death.output == kMessage);
  CHECK(death.signal == SIGABRT);
}

TEST_CASE("A read of forbidden memory prints the replay command and still ends the process",
          "[replay]") {
  const Death death = InChild([] {
    const ReplayOnCrash replay(kCommand);
    ReadForbiddenPage();
  });
  CHECK(death.output == kMessage);
  CHECK(death.signal == SIGSEGV);
}

TEST_CASE("A signal sent from outside prints the replay command and still ends the process",
          "[replay]") {
  const Death death = InChild([] {
    const ReplayOnCrash replay(kCommand);
    raise(SIGSEGV);
  });
  CHECK(death.output == kMessage);
  CHECK(death.signal == SIGSEGV);
}

TEST_CASE("A stack overflow prints the replay command of its own thread", "[replay]") {
  const Death death = InChild([] {
    const ReplayOnCrash other("simulation replay --seed 8 --trace");
    std::thread([] {
      const ReplayOnCrash replay(kCommand);
      Recurse(1'000'000);
    }).join();
  });
  CHECK(death.output == kMessage);
  CHECK(death.signal == SIGSEGV);
}

TEST_CASE("The command that was set last is printed", "[replay]") {
  const Death death = InChild([] {
    ReplayOnCrash replay("simulation replay --reference 0 --trace");
    replay.set_command(kCommand);
    std::abort();
  });
  CHECK(death.output == kMessage);
}

TEST_CASE("A crash after the run prints no command", "[replay]") {
  const Death death = InChild([] {
    { const ReplayOnCrash replay(kCommand); }
    std::abort();
  });
  CHECK(death.output.empty());
  CHECK(death.signal == SIGABRT);
}
