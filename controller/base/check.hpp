#pragma once

namespace cu::base {

/// Says on standard error, in one line of JSON, which contract was broken where, and aborts.
[[noreturn]] void CheckFailed(const char* condition, const char* file, int line);

}  // namespace cu::base

/// A contract of a function ("Pre: …"), checked in every build. A broken one means that the program
/// is wrong about itself: it stops rather than act on the cluster. The next start reads the status
/// and goes on (docs/STYLE.md, Contracts).
#define CU_CHECK(condition) \
  ((condition) ? static_cast<void>(0) : ::cu::base::CheckFailed(#condition, __FILE__, __LINE__))
