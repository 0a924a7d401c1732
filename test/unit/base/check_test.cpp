#include "base/check.hpp"

#include <csignal>
#include <cstdio>
#include <string>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <sys/wait.h>

namespace {

struct End {
  int signal = 0;
  std::string words;
};

/// Runs `body` in a process of its own.
template <class Body>
End RunApart(Body body) {
  int pipe_ends[2];
  REQUIRE(pipe(pipe_ends) == 0);
  const pid_t child = fork();
  if (child == 0) {
    dup2(pipe_ends[1], STDERR_FILENO);
    signal(SIGABRT, SIG_DFL);
    body();
    _exit(0);
  }
  close(pipe_ends[1]);
  End end;
  char piece[256];
  for (ssize_t got = 0; (got = read(pipe_ends[0], piece, sizeof(piece))) > 0;) {
    end.words.append(piece, static_cast<std::size_t>(got));
  }
  close(pipe_ends[0]);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  end.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  return end;
}

}  // namespace

TEST_CASE("a contract that holds costs nothing to be seen", "[base]") {
  const End end = RunApart([] { CU_CHECK(1 + 1 == 2); });
  CHECK(end.signal == 0);
  CHECK(end.words.empty());
}

TEST_CASE("a broken contract is named in one line, and the program stops", "[base]") {
  const End end = RunApart([] { CU_CHECK(1 + 1 == 3); });
  CHECK(end.signal == SIGABRT);
  CHECK(end.words.find("\"contract\":\"1 + 1 == 3\"") != std::string::npos);
  CHECK(end.words.find("check_test.cpp:") != std::string::npos);
  CHECK(end.words.back() == '\n');
}
