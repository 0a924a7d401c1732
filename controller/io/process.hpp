#pragma once
#include <functional>
#include <thread>

namespace cu::io {

/// Settings of the whole process, made once, before any other thread exists: the first call of
/// main. OpenSSL finds no certificates of the system (cpprest would read all of them for every
/// connection, about 30 ms, and trust them), memory is taken from one arena, a closed pipe is an
/// error and no signal, and SIGTERM and SIGINT wait for Signals.
void PrepareProcess();

/// Takes SIGTERM and SIGINT: the first one calls `stop`, on a thread of its own; the second ends
/// the process at once with 128 + its number, as a shell would show it.
///
/// Pre: PrepareProcess().
class Signals {
 public:
  explicit Signals(std::function<void()> stop);
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;
  ~Signals();

 private:
  std::jthread thread_;
};

}  // namespace cu::io
