#pragma once
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace cu::io {

/// Cuts a byte stream into lines, wherever its parts were cut. What follows the last newline is
/// kept for the next part and is never a line by itself.
class LineSplitter {
 public:
  explicit LineSplitter(std::size_t line_bytes_max) : line_bytes_max_(line_bytes_max) {}

  /// Calls `take` with every line that `part` completes, without its newline. False: a line is
  /// longer than the maximum; the stream is of no use then.
  [[nodiscard]] bool Feed(std::string_view part, const std::function<void(std::string)>& take);

 private:
  std::size_t line_bytes_max_;
  std::string begun_;
};

}  // namespace cu::io
