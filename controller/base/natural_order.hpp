#pragma once
#include <string_view>

namespace cu::base {

/// Orders names as people do: runs of digits compare as numbers ("node-2" before "node-10"). A
/// strict total order: names that differ only in leading zeros fall back to plain comparison.
struct NaturalLess {
  using is_transparent = void;
  bool operator()(std::string_view a, std::string_view b) const;
};

}  // namespace cu::base
