#include "last_input.hpp"

#include <array>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <string>
#include <unistd.h>

#include <sys/time.h>

namespace cu::fuzz {
namespace {

constexpr int kSecondsMax = 20;

// What a signal's handler may look at.
std::string file;
std::string advice;
const char* begin = nullptr;
std::size_t length = 0;

void Say(const char* text) {
  static_cast<void>(write(STDERR_FILENO, text, std::strlen(text)));
}

void OnCrash(int signal) {
  const int out = open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  static_cast<void>(write(out, begin, length));
  close(out);
  Say(signal == SIGPROF ? "\nan input takes too long\n" : "\na crash\n");
  Say(advice.c_str());
  std::signal(SIGABRT, SIG_DFL);
  std::signal(signal, SIG_DFL);
  raise(signal == SIGPROF ? SIGABRT : signal);
}

void Limit(int seconds) {
  itimerval limit{};
  limit.it_value.tv_sec = seconds;
  setitimer(ITIMER_PROF, &limit, nullptr);
}

}  // namespace

void KeepLastInput(const char* program, const char* target) {
  file = std::string("crash-") + target;
  advice = "again: " + std::string(program) + " " + target + " --input " + file + "\n";
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGABRT, OnCrash);
  std::signal(SIGPROF, OnCrash);
#ifndef __SANITIZE_ADDRESS__  // which reports these itself, and then aborts
  std::signal(SIGSEGV, OnCrash);
  std::signal(SIGBUS, OnCrash);
  std::signal(SIGFPE, OnCrash);
#endif
}

void BeginInput(std::string_view input) {
  begin = input.data();
  length = input.size();
  Limit(kSecondsMax);
}

void EndInput() {
  Limit(0);
}

}  // namespace cu::fuzz

extern "C" {
const char* __asan_default_options();
const char* __ubsan_default_options();
// NOLINTNEXTLINE(bugprone-reserved-identifier): the sanitizers' own names
const char* __asan_default_options() {
  return "abort_on_error=1";
}
// NOLINTNEXTLINE(bugprone-reserved-identifier): the sanitizers' own names
const char* __ubsan_default_options() {
  return "abort_on_error=1:print_stacktrace=1";
}
}
