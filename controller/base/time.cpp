#include "base/time.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace cu::base {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::microseconds;
using std::chrono::seconds;

std::string Digits(std::int64_t value, std::size_t width) {
  std::string digits = std::to_string(value);
  return digits.size() < width ? std::string(width - digits.size(), '0') + digits : digits;
}

std::string FormatSeconds(WallTime time) {
  const auto day = floor<days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{floor<seconds>(time - day)};
  return Digits(static_cast<int>(date.year()), 4) + "-" +
         Digits(static_cast<unsigned>(date.month()), 2) + "-" +
         Digits(static_cast<unsigned>(date.day()), 2) + "T" + Digits(clock.hours().count(), 2) +
         ":" + Digits(clock.minutes().count(), 2) + ":" + Digits(clock.seconds().count(), 2);
}

/// Reads a text from its front; every Take reports whether it found what it wanted.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool empty() const { return rest_.empty(); }
  bool Take(std::string_view choices) {
    if (rest_.empty() || choices.find(rest_.front()) == std::string_view::npos) {
      return false;
    }
    taken_ = rest_.front();
    rest_.remove_prefix(1);
    return true;
  }
  /// Exactly `count` digits, at most `largest`.
  bool TakeNumber(std::size_t count, int largest, int& number) {
    number = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (!Take("0123456789")) {
        return false;
      }
      number = number * 10 + (taken_ - '0');
    }
    return number <= largest;
  }
  char taken() const { return taken_; }

 private:
  std::string_view rest_;
  char taken_ = '\0';
};

bool TakeFraction(Scanner& scanner, microseconds& fraction) {
  fraction = microseconds{0};
  if (!scanner.Take(".")) {
    return true;
  }
  int digits = 0;
  std::int64_t value = 0;
  while (scanner.Take("0123456789")) {
    if (digits < 6) {
      value = value * 10 + (scanner.taken() - '0');
    }
    ++digits;
  }
  for (int i = digits; i < 6; ++i) {
    value *= 10;
  }
  fraction = microseconds{value};
  return digits > 0;
}

bool TakeOffset(Scanner& scanner, std::chrono::minutes& offset) {
  offset = std::chrono::minutes{0};
  if (scanner.Take("Zz")) {
    return true;
  }
  if (!scanner.Take("+-")) {
    return false;
  }
  const int sign = scanner.taken() == '-' ? -1 : 1;
  int hours = 0;
  int minutes = 0;
  if (!scanner.TakeNumber(2, 23, hours) || !scanner.Take(":") ||
      !scanner.TakeNumber(2, 59, minutes)) {
    return false;
  }
  offset = sign * (std::chrono::hours{hours} + std::chrono::minutes{minutes});
  return true;
}

}  // namespace

std::string FormatTime(WallTime time) {
  return FormatSeconds(time) + "Z";
}

std::string FormatMilliTime(WallTime time) {
  const auto fraction = floor<std::chrono::milliseconds>(time - floor<seconds>(time));
  return FormatSeconds(time) + "." + Digits(fraction.count(), 3) + "Z";
}

std::string FormatMicroTime(WallTime time) {
  const auto fraction = time - floor<seconds>(time);
  return FormatSeconds(time) + "." + Digits(fraction.count(), 6) + "Z";
}

std::optional<WallTime> ParseTime(std::string_view text) {
  Scanner scanner(text);
  std::array<int, 6> part{};
  microseconds fraction{0};
  std::chrono::minutes offset{0};
  // A second of 60 is RFC 3339's leap second: the next minute.
  const bool readable = scanner.TakeNumber(4, 9999, part[0]) && scanner.Take("-") &&
                        scanner.TakeNumber(2, 12, part[1]) && scanner.Take("-") &&
                        scanner.TakeNumber(2, 31, part[2]) && scanner.Take("Tt") &&
                        scanner.TakeNumber(2, 23, part[3]) && scanner.Take(":") &&
                        scanner.TakeNumber(2, 59, part[4]) && scanner.Take(":") &&
                        scanner.TakeNumber(2, 60, part[5]) && TakeFraction(scanner, fraction) &&
                        TakeOffset(scanner, offset) && scanner.empty();
  const std::chrono::year_month_day date{std::chrono::year{part[0]},
                                         std::chrono::month{static_cast<unsigned>(part[1])},
                                         std::chrono::day{static_cast<unsigned>(part[2])}};
  if (!readable || !date.ok()) {
    return std::nullopt;
  }
  return WallTime{std::chrono::sys_days{date}} + std::chrono::hours{part[3]} +
         std::chrono::minutes{part[4]} + seconds{part[5]} + fraction - offset;
}

}  // namespace cu::base
