#include "io/line_splitter.hpp"

#include <utility>

namespace cu::io {

bool LineSplitter::Feed(std::string_view part, const std::function<void(std::string)>& take) {
  while (!part.empty()) {
    const std::size_t newline = part.find('\n');
    const std::string_view piece = part.substr(0, newline);
    if (begun_.size() + piece.size() > line_bytes_max_) {
      return false;
    }
    begun_.append(piece);
    if (newline == std::string_view::npos) {
      return true;
    }
    take(std::exchange(begun_, {}));
    part.remove_prefix(newline + 1);
  }
  return true;
}

}  // namespace cu::io
