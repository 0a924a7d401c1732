#include "io/process.hpp"

#include <array>
#include <csignal>
#include <cstdlib>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <sys/wait.h>

#include "unit/apart.hpp"

namespace cu::io {
namespace {

// What a process of its own comes to that sends itself `signals`, each after the one before was
// seen.
int ExitCodeOf(std::initializer_list<int> signals) {
  const pid_t child = fork();
  if (child == 0) {
    PrepareProcess();
    std::array<int, 2> seen{};
    if (pipe(seen.data()) != 0) {
      _exit(1);
    }
    {
      const Signals taken([&] { static_cast<void>(!write(seen[1], "x", 1)); });
      bool first = true;
      for (const int signal : signals) {
        kill(getpid(), signal);
        char byte = 0;
        if (!first || read(seen[0], &byte, 1) != 1) {
          pause();
        }
        first = false;
      }
    }
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_CASE("the first signal asks to stop and nothing else", "[io][fork]") {
  CHECK(ExitCodeOf({}) == 0);
  CHECK(ExitCodeOf({SIGTERM}) == 0);
  CHECK(ExitCodeOf({SIGINT}) == 0);
}

TEST_CASE("the second signal ends the process at once", "[io][fork]") {
  CHECK(ExitCodeOf({SIGTERM, SIGTERM}) == 143);
  CHECK(ExitCodeOf({SIGTERM, SIGINT}) == 130);
}

TEST_CASE("signals are not waited for in a process that was not prepared", "[io][fork]") {
  CHECK(test::RunApart([] { const Signals signals([] {}); }).Broke("StopSignalsAreBlocked()"));
}

}  // namespace
}  // namespace cu::io
