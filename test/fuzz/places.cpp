#include "places.hpp"

#include <cstdint>

namespace cu::fuzz {

Places places{};

}  // namespace cu::fuzz

extern "C" {
void __sanitizer_cov_trace_pc();
// NOLINTNEXTLINE(bugprone-reserved-identifier): the name that the compiler calls
void __sanitizer_cov_trace_pc() {
  const auto place = reinterpret_cast<std::uintptr_t>(__builtin_return_address(0));
  // Addresses differ from run to run, inputs that reach something new do not.
  // Threads of the program store the same value; nothing depends on the order.
  __atomic_store_n(&cu::fuzz::places[(place ^ (place >> 16U)) & 0xFFFFU], 1, __ATOMIC_RELAXED);
}
}
