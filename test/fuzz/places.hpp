#pragma once
#include <array>
#include <cstddef>

namespace cu::fuzz {

/// Which places of the program were reached: one entry for each, by a hash of its address. Filled
/// where the program is compiled with -fsanitize-coverage=trace-pc (preset asan), else empty.
using Places = std::array<unsigned char, std::size_t{1} << 16U>;
extern Places places;

}  // namespace cu::fuzz
