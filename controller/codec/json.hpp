#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "api/meta.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

/// Private to codec/: parsing and reading of JSON that may be anything at all.
namespace cu::codec {

using Json = nlohmann::json;
using Names = std::span<const std::string_view>;

/// Deepest nesting read, what is dropped not counted; deeper text is malformed. It bounds the stack
/// that Dump needs.
inline constexpr std::size_t kMaxDepth = 200;

/// Compact text with sorted keys. Bytes that are not UTF-8 become U+FFFD.
std::string Dump(const Json& value);

/// Of something that may be of any size.
inline constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

/// What could not be read, each as "path: must be …". Bounded, without repetitions in a row.
class Problems {
 public:
  /// `kept_max`: the most bytes of memory that one text, map or list of the object may take.
  explicit Problems(std::size_t kept_max = kNoLimit) : kept_max_(kept_max) {}
  std::size_t kept_max() const { return kept_max_; }
  /// Something of the object took more, and was not wholly read.
  bool oversized() const { return oversized_; }
  void NoteOversized() { oversized_ = true; }
  void Add(const std::string& path, const std::string& text);
  bool empty() const { return texts_.empty(); }
  const std::vector<std::string>& texts() const { return texts_; }
  /// kMalformed with the first. Pre: !empty().
  base::Error ToError() const;

 private:
  std::size_t kept_max_;
  bool oversized_ = false;
  std::vector<std::string> texts_;
};

/// `text` as a tree; null and a problem if it is not JSON. Members that are objects or arrays and
/// bear a name in `dropped` are left out while parsing, at any depth, so that they cost no memory.
///
/// `kept_max`: texts that are longer, and texts of one list or object that take more together, are
/// left out too. Some more than that stays, so that who reads them notices.
Json Parse(const std::string& text,
           Names dropped,
           Problems& problems,
           std::size_t kept_max = kNoLimit);

/// Is given one item of a list.
using TakeItem = std::function<void(std::size_t index, const Json& item)>;
/// The same for a list: its items go to `take` one by one while parsing and are left out of the
/// tree, so that only one of them costs memory at a time.
Json ParseList(const std::string& text,
               Names dropped,
               const TakeItem& take,
               Problems& problems,
               std::size_t kept_max);

/// A value somewhere in a tree, perhaps missing. Reading never fails: what is missing or null gives
/// the fallback, what has another type too, and is noted in the Problems. Tree and Problems outlive
/// it.
class Reader {
 public:
  Reader(const Json& value, std::string path, Problems& problems)
      : value_(value.is_null() ? nullptr : &value), path_(std::move(path)), problems_(&problems) {}

  bool present() const { return value_ != nullptr; }
  const std::string& path() const { return path_; }
  void Problem(const std::string& text) const { problems_->Add(path_, text); }
  /// Counts an entry of a list or map with this much text into `bytes`. False, and a problem, if
  /// that is more than may be kept.
  bool Fits(std::size_t& bytes, std::size_t text) const;
  /// The same value under another path, noting in other Problems.
  Reader Rebased(std::string path, Problems& problems) const;

  Reader operator[](std::string_view name) const;
  std::vector<Reader> Items() const;
  std::size_t size() const { return present() ? value_->size() : 0; }

  std::string Text(std::string_view fallback = {}) const;
  /// Missing or empty counts as a problem.
  std::string RequiredText() const;
  bool Flag(bool fallback = false) const;
  std::int64_t Integer(std::int64_t fallback = 0) const;
  /// Outside [least, most] counts as a problem.
  int Int(int fallback, int least, int most) const;
  std::optional<int> OptionalInt(int least, int most) const;
  std::optional<std::int64_t> OptionalInteger() const;
  std::optional<base::WallTime> Time() const;
  std::vector<std::string> Texts() const;
  /// The members of an object of texts whose names `keep` accepts, as far as they may be kept.
  template <class Keep>
  api::StringMap Map(Keep keep) const;
  api::StringMap Map() const;
  /// Without the expressions whose operator cannot be read, and without what is more than may be
  /// kept: it then selects more than it ought to.
  std::optional<api::LabelSelector> Selector() const;
  /// A number of at least `least`, or "N%" with N in [least, 100], leading zeros allowed.
  std::optional<api::IntOrPercent> IntOrPercent(int least) const;
  /// One of the names in `table`, an array of pairs of name and enumerator.
  template <class Table>
  auto Choose(const Table& table, decltype(table[0].second) fallback) const
      -> std::decay_t<decltype(table[0].second)>;
  /// The same without a fallback: missing counts as a problem too.
  template <class Table>
  auto RequiredChoice(const Table& table) const
      -> std::optional<std::decay_t<decltype(table[0].second)>>;
  /// The value itself; null when missing.
  Json Copy() const { return present() ? *value_ : Json(); }

 private:
  /// Whether the value is there and of type `wanted`; another type is a problem.
  bool Is(Json::value_t wanted) const;
  void ReportChoices(const std::vector<std::string_view>& names) const;

  const Json* value_;
  std::string path_;
  Problems* problems_;
};

template <class Keep>
api::StringMap Reader::Map(Keep keep) const {
  api::StringMap map;
  if (!Is(Json::value_t::object)) {
    return map;
  }
  std::size_t bytes = 0;
  for (const auto& [name, member] : value_->items()) {
    if (!keep(name)) {
      continue;
    }
    if (member.is_string()) {
      const auto& value = member.template get_ref<const std::string&>();
      if (!Fits(bytes, name.size() + value.size())) {
        break;
      }
      map.emplace(name, value);
    } else {
      problems_->Add(path_ + "." + name, "must be a string");
    }
  }
  return map;
}

template <class Table>
auto Reader::Choose(const Table& table, decltype(table[0].second) fallback) const
    -> std::decay_t<decltype(table[0].second)> {
  return present() ? RequiredChoice(table).value_or(fallback) : fallback;
}

template <class Table>
auto Reader::RequiredChoice(const Table& table) const
    -> std::optional<std::decay_t<decltype(table[0].second)>> {
  if (!present()) {
    Problem("is missing");
    return std::nullopt;
  }
  std::vector<std::string_view> names;
  for (const auto& [name, enumerator] : table) {
    if (value_->is_string() && value_->get_ref<const std::string&>() == name) {
      return enumerator;
    }
    names.push_back(name);
  }
  ReportChoices(names);
  return std::nullopt;
}

}  // namespace cu::codec
