#include "replay_on_crash.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>
#include <unistd.h>

namespace cu::simulation {
namespace {

constexpr std::size_t kStackSize = std::size_t{64} * 1024;

/// A signal handler may neither allocate nor lock: it finds complete text here.
struct Message {
  std::array<char, 1024> text;
  std::size_t size;
};
constinit thread_local Message message{};

struct sigaction previous_abort;
struct sigaction previous_segv;

extern "C" void OnCrash(int signal, siginfo_t* info, void* /*context*/) {
  const int error = errno;
  std::size_t written = 0;
  while (written < message.size) {
    const ssize_t count =
        write(STDERR_FILENO, message.text.data() + written, message.size - written);
    if (count <= 0) {
      break;
    }
    written += static_cast<std::size_t>(count);
  }
  sigaction(signal, signal == SIGABRT ? &previous_abort : &previous_segv, nullptr);
  errno = error;
  // A fault happens again as soon as this returns; a signal that was sent does not.
  if (info->si_code <= 0) {
    raise(signal);
  }
}

void Check(int result, const char* what) {
  if (result != 0) {
    throw std::system_error(errno, std::generic_category(), what);
  }
}

}  // namespace

void InstallCrashHandler() {
  struct sigaction action {};
  action.sa_sigaction = OnCrash;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  Check(sigaction(SIGABRT, &action, &previous_abort), "sigaction");
  Check(sigaction(SIGSEGV, &action, &previous_segv), "sigaction");
}

ReplayOnCrash::ReplayOnCrash(const std::string& command) {
  stack_t current{};
  Check(sigaltstack(nullptr, &current), "sigaltstack");
  if ((current.ss_flags & SS_DISABLE) != 0) {
    stack_ = std::make_unique<std::byte[]>(kStackSize);
    stack_t own{};
    own.ss_sp = stack_.get();
    own.ss_size = kStackSize;
    Check(sigaltstack(&own, nullptr), "sigaltstack");
  }
  set_command(command);
}

ReplayOnCrash::~ReplayOnCrash() {
  message.size = 0;
  if (stack_ != nullptr) {
    stack_t none{};
    none.ss_flags = SS_DISABLE;
    sigaltstack(&none, nullptr);
  }
}

void ReplayOnCrash::set_command(const std::string& command) {
  const std::string text = "the run crashed\n  replay: " + command + "\n";
  message.size = 0;
  const std::size_t size = std::min(text.size(), message.text.size());
  text.copy(message.text.data(), size);
  message.size = size;
}

}  // namespace cu::simulation
