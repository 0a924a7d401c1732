#include "codec/json.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "base/check.hpp"
#include "base/text.hpp"
#include "base/time.hpp"

namespace cu::codec {
namespace {

constexpr std::size_t kMostProblems = 20;
constexpr std::size_t kLongestProblem = 400;
constexpr std::size_t kLongestQuote = 64;

/// Builds the tree without recursion, and without what is dropped.
class TreeBuilder {
 public:
  explicit TreeBuilder(Names dropped) : dropped_(dropped) {}

  Json& root() { return root_; }
  std::size_t error_position() const { return error_position_; }
  bool too_deep() const { return too_deep_; }

  bool null() { return Put(nullptr); }
  bool boolean(bool value) { return Put(value); }
  bool number_integer(Json::number_integer_t value) { return Put(value); }
  bool number_unsigned(Json::number_unsigned_t value) { return Put(value); }
  bool number_float(Json::number_float_t value, const std::string&) { return Put(value); }
  bool string(std::string& value) { return Put(std::move(value)); }
  bool binary(Json::binary_t&) { return false; }
  bool key(std::string& name) {
    key_ = std::move(name);
    return true;
  }
  bool start_object(std::size_t) { return Open(Json::value_t::object); }
  bool start_array(std::size_t) { return Open(Json::value_t::array); }
  bool end_object() { return Close(); }
  bool end_array() { return Close(); }
  bool parse_error(std::size_t position, const std::string&, const Json::exception&) {
    error_position_ = position;
    return false;
  }

 private:
  bool dropping() const { return dropped_depth_ != 0; }
  bool IsDropped() const {
    return !open_.empty() && open_.back()->is_object() &&
           std::find(dropped_.begin(), dropped_.end(), key_) != dropped_.end();
  }
  Json& Slot() {
    if (open_.empty()) {
      return root_;
    }
    Json& parent = *open_.back();
    return parent.is_array() ? parent.emplace_back() : parent[std::move(key_)];
  }
  template <class Value>
  bool Put(Value&& value) {
    if (!dropping()) {
      Slot() = std::forward<Value>(value);
    }
    return true;
  }
  bool Open(Json::value_t type) {
    if (dropping() || IsDropped()) {
      ++dropped_depth_;
      return true;
    }
    if (open_.size() == kMaxDepth) {
      too_deep_ = true;
      return false;
    }
    Json& slot = Slot();
    slot = Json(type);
    open_.push_back(&slot);
    return true;
  }
  bool Close() {
    if (dropping()) {
      --dropped_depth_;
    } else {
      open_.pop_back();
    }
    return true;
  }

  Names dropped_;
  Json root_;
  std::vector<Json*> open_;
  std::string key_;
  std::size_t dropped_depth_ = 0;  ///< of what is open within a dropped value
  bool too_deep_ = false;
  std::size_t error_position_ = 0;
};

/// "7%", "007%": 7. -1 if it is none of up to three digits that count.
int PercentOf(const std::string& text) {
  constexpr std::size_t kMostDigits = 3;
  if (text.size() < 2 || text.find_first_not_of("0123456789") != text.size() - 1 ||
      text.back() != '%') {
    return -1;
  }
  const std::string digits = text.substr(std::min(text.find_first_not_of('0'), text.size() - 2));
  return digits.size() - 1 > kMostDigits ? -1 : std::stoi(digits);
}

std::string Quoted(const Json& value) {
  return value.is_string() ? Dump(base::Cut(value.get_ref<const std::string&>(), kLongestQuote))
                           : base::Cut(Dump(value), kLongestQuote);
}

}  // namespace

Json Parse(const std::string& text, Names dropped, Problems& problems) {
  TreeBuilder builder(dropped);
  if (Json::sax_parse(text, &builder)) {
    return std::move(builder.root());
  }
  problems.Add("",
               builder.too_deep()
                   ? "JSON nested deeper than " + std::to_string(kMaxDepth) + " levels"
                   : "not JSON from byte " + std::to_string(builder.error_position()));
  return {};
}

std::string Dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void Problems::Add(const std::string& path, const std::string& text) {
  std::string whole = base::Cut(path.empty() ? text : path + ": " + text, kLongestProblem);
  const bool repeated = !texts_.empty() && texts_.back() == whole;
  if (!repeated && texts_.size() < kMostProblems) {
    texts_.push_back(std::move(whole));
  }
}

base::Error Problems::ToError() const {
  CU_CHECK(!texts_.empty());
  return {base::ErrorKind::kMalformed, texts_.front()};
}

bool Reader::Is(Json::value_t wanted) const {
  if (!present()) {
    return false;
  }
  if (value_->type() == wanted) {
    return true;
  }
  const char* article =
      wanted == Json::value_t::object || wanted == Json::value_t::array ? "an " : "a ";
  Problem(std::string("must be ") + article + Json(wanted).type_name() + ", not " +
          value_->type_name());
  return false;
}

Reader Reader::Rebased(std::string path, Problems& problems) const {
  Reader rebased(*this);
  rebased.path_ = std::move(path);
  rebased.problems_ = &problems;
  return rebased;
}

Reader Reader::operator[](std::string_view name) const {
  static const Json kMissing;
  std::string path = path_.empty() ? std::string(name) : path_ + "." + std::string(name);
  if (!Is(Json::value_t::object)) {
    return {kMissing, std::move(path), *problems_};
  }
  const auto member = value_->find(name);
  return {member == value_->end() ? kMissing : *member, std::move(path), *problems_};
}

std::vector<Reader> Reader::Items() const {
  std::vector<Reader> items;
  if (!Is(Json::value_t::array)) {
    return items;
  }
  items.reserve(value_->size());
  for (std::size_t i = 0; i < value_->size(); ++i) {
    items.emplace_back((*value_)[i], path_ + "[" + std::to_string(i) + "]", *problems_);
  }
  return items;
}

std::string Reader::Text(std::string_view fallback) const {
  return Is(Json::value_t::string) ? value_->get_ref<const std::string&>() : std::string(fallback);
}

std::string Reader::RequiredText() const {
  std::string text = Text();
  if (!present()) {
    Problem("is missing");
  } else if (value_->is_string() && text.empty()) {
    Problem("must not be empty");
  }
  return text;
}

bool Reader::Flag(bool fallback) const {
  return Is(Json::value_t::boolean) ? value_->get<bool>() : fallback;
}

std::optional<std::int64_t> Reader::OptionalInteger() const {
  if (!present()) {
    return std::nullopt;
  }
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  const bool fits = value_->is_number_integer() &&
                    (!value_->is_number_unsigned() || value_->get<std::uint64_t>() <= kMost);
  if (!fits) {
    Problem("must be a whole number, not " + Quoted(*value_));
    return std::nullopt;
  }
  return value_->get<std::int64_t>();
}

std::int64_t Reader::Integer(std::int64_t fallback) const {
  return OptionalInteger().value_or(fallback);
}

std::optional<int> Reader::OptionalInt(int least, int most) const {
  const std::optional<std::int64_t> value = OptionalInteger();
  if (!value) {
    return std::nullopt;
  }
  if (*value < least || *value > most) {
    Problem("must be from " + std::to_string(least) + " to " + std::to_string(most) + ", not " +
            std::to_string(*value));
    return std::nullopt;
  }
  return static_cast<int>(*value);
}

int Reader::Int(int fallback, int least, int most) const {
  return OptionalInt(least, most).value_or(fallback);
}

std::optional<base::WallTime> Reader::Time() const {
  if (!Is(Json::value_t::string)) {
    return std::nullopt;
  }
  const auto time = base::ParseTime(value_->get_ref<const std::string&>());
  if (!time) {
    Problem("must be a time, not " + Quoted(*value_));
  }
  return time;
}

std::vector<std::string> Reader::Texts() const {
  std::vector<std::string> texts;
  for (const Reader& item : Items()) {
    if (item.Is(Json::value_t::string)) {
      texts.push_back(item.Text());
    }
  }
  return texts;
}

api::StringMap Reader::Map() const {
  return Map([](const std::string&) { return true; });
}

std::optional<api::LabelSelector> Reader::Selector() const {
  static constexpr auto kOperators =
      std::to_array<std::pair<std::string_view, api::SelectorOperator>>(
          {{"In", api::SelectorOperator::kIn},
           {"NotIn", api::SelectorOperator::kNotIn},
           {"Exists", api::SelectorOperator::kExists},
           {"DoesNotExist", api::SelectorOperator::kDoesNotExist}});
  if (!Is(Json::value_t::object)) {
    return std::nullopt;
  }
  api::LabelSelector selector;
  selector.match_labels = (*this)["matchLabels"].Map();
  for (const Reader& item : (*this)["matchExpressions"].Items()) {
    if (const auto op = item["operator"].RequiredChoice(kOperators)) {
      selector.match_expressions.push_back({item["key"].Text(), *op, item["values"].Texts()});
    }
  }
  return selector;
}

std::optional<api::IntOrPercent> Reader::IntOrPercent(int least) const {
  constexpr int kMost = std::numeric_limits<int>::max();
  if (!present()) {
    return std::nullopt;
  }
  if (!value_->is_string()) {
    const std::optional<int> number = OptionalInt(least, kMost);
    return number ? std::optional(api::IntOrPercent{*number, false}) : std::nullopt;
  }
  const int percent = PercentOf(value_->get_ref<const std::string&>());
  if (percent < least || percent > 100) {
    Problem(R"(must be a number, or a percentage from ")" + std::to_string(least) +
            R"(%" to "100%", not )" + Quoted(*value_));
    return std::nullopt;
  }
  return api::IntOrPercent{percent, true};
}

void Reader::ReportChoices(const std::vector<std::string_view>& names) const {
  std::string list;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const char* separator = i == 0 ? "" : i + 1 == names.size() ? " or " : ", ";
    list += separator + std::string(names[i]);
  }
  Problem("must be " + list + ", not " + Quoted(*value_));
}

}  // namespace cu::codec
