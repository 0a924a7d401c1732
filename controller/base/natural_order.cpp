#include "base/natural_order.hpp"

#include <cstddef>

namespace cu::base {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

std::string_view TakeNumber(std::string_view& rest) {
  std::size_t end = 0;
  while (end < rest.size() && IsDigit(rest[end])) {
    ++end;
  }
  std::string_view number = rest.substr(0, end);
  rest.remove_prefix(end);
  while (number.size() > 1 && number.front() == '0') {
    number.remove_prefix(1);
  }
  return number;
}

}  // namespace

bool NaturalLess::operator()(std::string_view a, std::string_view b) const {
  std::string_view left = a;
  std::string_view right = b;
  while (!left.empty() && !right.empty()) {
    if (IsDigit(left.front()) && IsDigit(right.front())) {
      const std::string_view x = TakeNumber(left);
      const std::string_view y = TakeNumber(right);
      if (x.size() != y.size()) {
        return x.size() < y.size();
      }
      if (x != y) {
        return x < y;
      }
      continue;
    }
    if (left.front() != right.front()) {
      return left.front() < right.front();
    }
    left.remove_prefix(1);
    right.remove_prefix(1);
  }
  if (left.empty() != right.empty()) {
    return left.empty();
  }
  return a < b;
}

}  // namespace cu::base
