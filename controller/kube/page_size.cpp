#include "kube/page_size.hpp"

#include <algorithm>

namespace cu::kube {
namespace {

/// From 100 to one in three steps: each costs an answer that is thrown away.
constexpr int kStep = 8;

}  // namespace

void PageSize::Took(std::size_t bytes, std::size_t objects) {
  if (objects == 0) {
    return;
  }
  const std::size_t each = std::max<std::size_t>(1, bytes / objects);
  const std::size_t fit = std::clamp<std::size_t>(kBytes / each, 1, kMost);
  value_ = std::min(2 * value_, static_cast<int>(fit));
}

bool PageSize::Shrink() {
  if (value_ == 1) {
    return false;
  }
  value_ = std::max(1, value_ / kStep);
  return true;
}

}  // namespace cu::kube
