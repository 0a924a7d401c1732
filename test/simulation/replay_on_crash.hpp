#pragma once
#include <cstddef>
#include <memory>
#include <string>

namespace cu::simulation {

/// From now on SIGABRT and SIGSEGV print the replay command of the thread that they happen in
/// before they end the process as they would have done.
void InstallCrashHandler();

/// While it exists, a crash of the current thread prints its command to standard error. At most
/// one per thread at a time.
class ReplayOnCrash {
 public:
  explicit ReplayOnCrash(const std::string& command);
  ~ReplayOnCrash();
  ReplayOnCrash(const ReplayOnCrash&) = delete;
  ReplayOnCrash& operator=(const ReplayOnCrash&) = delete;

  void set_command(const std::string& command);

 private:
  /// For the handler, as a stack overflow leaves it no other stack; null if the thread had one.
  std::unique_ptr<std::byte[]> stack_;
};

}  // namespace cu::simulation
