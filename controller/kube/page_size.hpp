#pragma once
#include <cstddef>

namespace cu::kube {

/// How many objects the next page of a list asks for: at most 100, and fewer where they are large,
/// so that a page stays near 2 MiB. One object always fits (io::TransportLimits).
class PageSize {
 public:
  static constexpr int kMost = 100;
  static constexpr std::size_t kBytes = std::size_t{2} << 20U;

  int value() const { return value_; }
  /// A page of this size came. At most doubles.
  void Took(std::size_t bytes, std::size_t objects);
  /// A page was larger than the shell takes. False: it was of one object.
  bool Shrink();

 private:
  int value_ = kMost;
};

}  // namespace cu::kube
