#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace cu::planner {

/// A set of texts of which only 8-byte hashes are kept, up to a bound.
class HashSet {
 public:
  explicit HashSet(std::size_t most) : most_(most) {}
  /// False if it was there. Beyond the bound nothing is kept.
  bool Insert(std::uint64_t hash);
  bool Contains(std::uint64_t hash) const;

 private:
  std::size_t most_;
  std::vector<std::uint64_t> sorted_;
};
/// FNV-1a.
std::uint64_t HashOf(const std::string& text);

}  // namespace cu::planner
