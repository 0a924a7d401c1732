#pragma once
#include <cstdint>

#include "base/check.hpp"

namespace cu::base {

/// splitmix64: the same seed gives the same numbers on every machine, which std::uniform_* does
/// not.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t Next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
  }
  /// Uniform in [0, bound). Pre: bound > 0.
  std::uint64_t Below(std::uint64_t bound) {
    CU_CHECK(bound > 0);
    return Next() % bound;
  }
  /// Uniform in [0, 1).
  double Unit() { return static_cast<double>(Next() >> 11U) * 0x1p-53; }

 private:
  std::uint64_t state_;
};

}  // namespace cu::base
