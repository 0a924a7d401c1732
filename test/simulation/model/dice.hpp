#pragma once
#include <cstdint>
#include <vector>

#include "base/random.hpp"
#include "model/timeline.hpp"

namespace cu::simulation {

/// The model's chance, seeded.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : random_(seed * 0x9E3779B97F4A7C15U + 0x5851F42DU) {}
  bool Chance(double probability) { return probability > 0 && random_.Unit() < probability; }
  /// Uniform in [low, high].
  int Number(int low, int high) {
    return low + static_cast<int>(random_.Below(static_cast<std::uint64_t>(high - low + 1)));
  }
  Span Between(Span low, Span high) {
    return low + Span{static_cast<std::int64_t>(random_.Unit() *
                                                static_cast<double>((high - low).count()))};
  }
  template <class T>
  const T& Pick(const std::vector<T>& choices) {
    return choices[random_.Below(choices.size())];
  }
  std::uint64_t Next() { return random_.Next(); }

 private:
  base::Random random_;
};

}  // namespace cu::simulation
