#include "planner/model/hash_set.hpp"

#include <algorithm>

namespace cu::planner {

std::uint64_t HashOf(const std::string& text) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  }
  return hash;
}

bool HashSet::Insert(std::uint64_t hash) {
  const auto at = std::lower_bound(sorted_.begin(), sorted_.end(), hash);
  if (at != sorted_.end() && *at == hash) {
    return false;
  }
  if (sorted_.size() < most_) {
    sorted_.insert(at, hash);
  }
  return true;
}

bool HashSet::Contains(std::uint64_t hash) const {
  return std::binary_search(sorted_.begin(), sorted_.end(), hash);
}

}  // namespace cu::planner
