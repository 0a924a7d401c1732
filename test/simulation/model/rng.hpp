#pragma once
#include <cstdint>
#include <vector>

#include "base/random.hpp"
#include "model/timeline.hpp"

namespace cu::simulation {

/// Seeded random numbers. Equal seeds draw equal numbers, so a run can be replayed.
class Rng {
 public:
  explicit Rng(std::uint64_t seed) : random_(seed * 0x9E3779B97F4A7C15U + 0x5851F42DU) {}
  /// Draws nothing if `probability` is 0.
  bool Chance(double probability) { return probability > 0 && random_.Unit() < probability; }
  /// Uniform in [low, high].
  int Number(int low, int high) {
    return low + static_cast<int>(random_.Below(static_cast<std::uint64_t>(high - low + 1)));
  }
  /// Uniform in [low, high).
  Duration Between(Duration low, Duration high) {
    return low + Duration{static_cast<std::int64_t>(random_.Unit() *
                                                    static_cast<double>((high - low).count()))};
  }
  /// Pre: `choices` is not empty.
  template <class T>
  const T& Pick(const std::vector<T>& choices) {
    return choices[random_.Below(choices.size())];
  }
  std::uint64_t Next() { return random_.Next(); }

 private:
  base::Random random_;
};

}  // namespace cu::simulation
