#pragma once
#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace cu::api {

/// One reason that users see: its enumerator, its name in the status, what it means.
template <class Reason>
struct ReasonRow {
  Reason reason;
  std::string_view name;
  std::string_view meaning;
};

/// Row i is enumerator i, up to `last`: a table cannot miss one.
template <class Table, class Reason>
constexpr bool IsComplete(const Table& table, Reason last) {
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (static_cast<std::size_t>(table[i].reason) != i) {
      return false;
    }
  }
  return table.back().reason == last;
}

/// The reason of that name; none if the table has no such.
template <class Reason, std::size_t kSize>
std::optional<Reason> FindReason(const std::array<ReasonRow<Reason>, kSize>& table,
                                 std::string_view name) {
  for (const ReasonRow<Reason>& row : table) {
    if (row.name == name) {
      return row.reason;
    }
  }
  return std::nullopt;
}

}  // namespace cu::api
