#include "io/process.hpp"

#include <csignal>
#include <cstdlib>
#include <malloc.h>
#include <pthread.h>
#include <unistd.h>
#include <utility>

#include "base/check.hpp"

namespace cu::io {
namespace {

sigset_t StopSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

bool StopSignalsAreBlocked() {
  sigset_t blocked;
  pthread_sigmask(SIG_BLOCK, nullptr, &blocked);
  return sigismember(&blocked, SIGTERM) == 1 && sigismember(&blocked, SIGINT) == 1;
}

}  // namespace

void PrepareProcess() {
  // NOLINTBEGIN(concurrency-mt-unsafe): no other thread exists yet
  setenv("SSL_CERT_FILE", "/dev/null", 1);
  setenv("SSL_CERT_DIR", "/nonexistent", 1);
  std::signal(SIGPIPE, SIG_IGN);
  mallopt(M_ARENA_MAX, 1);
  // Fixed: otherwise it grows with the largest answer, and memory of such answers stays ours.
  constexpr int kMapped = 128 * 1024;
  mallopt(M_MMAP_THRESHOLD, kMapped);
  mallopt(M_TRIM_THRESHOLD, 2 * kMapped);
  // NOLINTEND(concurrency-mt-unsafe)
  const sigset_t set = StopSignals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

Signals::Signals(std::function<void()> stop) {
  CU_CHECK(StopSignalsAreBlocked());
  thread_ = std::jthread([stop = std::move(stop)](const std::stop_token& ended) {
    const sigset_t set = StopSignals();
    int signal = 0;
    sigwait(&set, &signal);
    if (ended.stop_requested()) {
      return;
    }
    stop();
    sigwait(&set, &signal);
    if (!ended.stop_requested()) {
      constexpr int kSignalled = 128;
      _exit(kSignalled + signal);
    }
  });
}

Signals::~Signals() {
  thread_.request_stop();
  pthread_kill(thread_.native_handle(), SIGINT);
}

}  // namespace cu::io
