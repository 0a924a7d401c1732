#pragma once
#include <array>
#include <csignal>
#include <cstddef>
#include <string>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <sys/wait.h>

namespace cu::test {

/// How a process ended: by which signal, 0 if by itself, and what it said on standard error.
struct End {
  int signal = 0;
  std::string words;
  /// A CU_CHECK whose condition is `contract` did not hold.
  bool Broke(const std::string& contract) const {
    return signal == SIGABRT &&
           words.find("\"contract\":\"" + contract + "\"") != std::string::npos;
  }
};

/// Runs `body` in a process of its own.
template <class Body>
End RunApart(Body body) {
  std::array<int, 2> ends{};
  REQUIRE(pipe(ends.data()) == 0);
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDERR_FILENO);
    std::signal(SIGABRT, SIG_DFL);
    body();
    _exit(0);
  }
  close(ends[1]);
  End end;
  std::array<char, 256> piece{};
  for (ssize_t got = 0; (got = read(ends[0], piece.data(), piece.size())) > 0;) {
    end.words.append(piece.data(), static_cast<std::size_t>(got));
  }
  close(ends[0]);
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  end.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  return end;
}

}  // namespace cu::test
