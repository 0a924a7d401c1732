#include "codec/json.hpp"

#include <algorithm>
#include <array>
#include <limits>

#include "base/check.hpp"
#include "base/memory_use.hpp"
#include "base/text.hpp"
#include "base/time.hpp"
#include "codec/tree_builder.hpp"

namespace cu::codec {
namespace {

constexpr std::size_t kMostProblems = 20;
constexpr std::size_t kLongestProblem = 400;
constexpr std::size_t kLongestQuote = 64;

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

Json Build(const std::string& text, TreeBuilder builder, Problems& problems) {
  if (Json::sax_parse(text, &builder)) {
    return std::move(builder.root());
  }
  problems.Add("",
               builder.too_deep()
                   ? "JSON nested deeper than " + std::to_string(kMaxDepth) + " levels"
                   : "not JSON from byte " + std::to_string(builder.error_position()));
  return {};
}

}  // namespace

Json Parse(const std::string& text, Names dropped, Problems& problems, std::size_t kept_max) {
  return Build(text, TreeBuilder(dropped, kept_max), problems);
}

Json ParseList(const std::string& text,
               Names dropped,
               const TakeItem& take,
               Problems& problems,
               std::size_t kept_max) {
  return Build(text, TreeBuilder(dropped, kept_max, &take), problems);
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

bool Reader::Fits(std::size_t& bytes, std::size_t text) const {
  bytes += base::kMapEntryBytes + text;
  if (bytes <= problems_->kept_max()) {
    return true;
  }
  problems_->NoteOversized();
  Problem("takes more than " + std::to_string(problems_->kept_max()) +
          " bytes and is not wholly read");
  return false;
}

std::string Reader::Text(std::string_view fallback) const {
  if (!Is(Json::value_t::string)) {
    return std::string(fallback);
  }
  const auto& text = value_->get_ref<const std::string&>();
  std::size_t bytes = 0;
  return text.size() <= problems_->kept_max() || Fits(bytes, text.size())
             ? text
             : base::Cut(text, problems_->kept_max());
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
  std::size_t bytes = 0;
  if (!Is(Json::value_t::array)) {
    return texts;
  }
  for (std::size_t i = 0; i < value_->size(); ++i) {
    const Json& item = (*value_)[i];
    if (!item.is_string()) {
      static_cast<void>(Reader(item, path_ + "[" + std::to_string(i) + "]", *problems_).Text());
      continue;
    }
    const auto& text = item.get_ref<const std::string&>();
    if (!Fits(bytes, text.size())) {
      break;
    }
    texts.push_back(text);
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
  std::size_t bytes = 0;
  for (const Reader& item : (*this)["matchExpressions"].Items()) {
    const auto op = item["operator"].RequiredChoice(kOperators);
    if (!op) {
      continue;
    }
    api::SelectorRequirement expression{item["key"].Text(), *op, item["values"].Texts()};
    const std::size_t text = expression.key.size() + base::BytesOf(expression.values);
    // Of one whose values are not all there it is not known what it selects.
    const bool whole = expression.values.size() == item["values"].size();
    if (!Fits(bytes, text)) {
      break;
    }
    if (whole) {
      selector.match_expressions.push_back(std::move(expression));
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
