#include "mutate.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include <nlohmann/json.hpp>

namespace cu::fuzz {
namespace {

using Json = nlohmann::json;
using base::Random;

constexpr std::size_t kDepthMax = 100;

template <class Range>
const auto& AnyOf(const Range& range, Random& random) {
  return range[random.Below(range.size())];
}

/// A part of one of the inputs.
std::string PartOfAnother(const Material& material, Random& random) {
  if (material.inputs->empty()) {
    return "";
  }
  const std::string& other = AnyOf(*material.inputs, random);
  return other.empty() ? "" : other.substr(random.Below(other.size()), 1 + random.Below(64));
}

void ChangeBytes(std::string& text, const Material& material, Random& random) {
  static const std::string kBytes("{}[]\",:0123456789-+.eE\\ntfu\x00\x7f\xff\xc3 \r\n\t&*!|>%@`",
                                  43);
  const std::size_t at = text.empty() ? 0 : random.Below(text.size());
  switch (random.Below(8)) {
    case 0:
      text.insert(at, 1, AnyOf(kBytes, random));
      break;
    case 1:
      text.erase(at, 1 + random.Below(16));
      break;
    case 2:
      text.insert(at, text.substr(random.Below(text.size() + 1), 1 + random.Below(64)));
      break;
    case 3:
      text.resize(at);
      break;
    case 4:
      text.insert(at, PartOfAnother(material, random));
      break;
    case 5:
      text.insert(at, material.words->empty() ? "" : AnyOf(*material.words, random));
      break;
    default:
      if (!text.empty()) {
        text[at] = static_cast<char>(random.Below(256));
      }
      break;
  }
}

void Collect(Json& value, std::vector<Json*>& all, std::size_t depth = 0) {
  all.push_back(&value);
  if (depth < kDepthMax && value.is_structured()) {
    for (Json& member : value) {
      Collect(member, all, depth + 1);
    }
  }
}

Json OddNumber(Random& random) {
  static const std::vector<Json> kNumbers = {0,
                                             -1,
                                             1,
                                             2147483647,
                                             2147483648,
                                             -2147483649,
                                             INT64_MAX,
                                             INT64_MIN,
                                             UINT64_MAX,
                                             1e300,
                                             -0.5,
                                             9223372036};
  return AnyOf(kNumbers, random);
}

Json OddText(Random& random) {
  static const std::vector<std::string> kTexts = {"",
                                                  "0",
                                                  "-1",
                                                  "a/b",
                                                  "..",
                                                  "True",
                                                  "False",
                                                  "Unknown",
                                                  "v1.36.3",
                                                  "v1.35.4",
                                                  "v0.0.0",
                                                  "v99999.99999.99999",
                                                  "v1.36.3+k3s1",
                                                  "100%",
                                                  "0%",
                                                  "Running",
                                                  "Succeeded",
                                                  "Failed",
                                                  "ReplicaSet",
                                                  "DaemonSet",
                                                  "NoSchedule",
                                                  "2020-01-01T00:00:00Z",
                                                  "9999-12-31T23:59:59.999999Z",
                                                  "0000-00-00T00:00:00Z",
                                                  "n1",
                                                  "n2",
                                                  "production",
                                                  "\u00e9\u4e2d\U0001f600"};
  return random.Below(8) == 0 ? Json(std::string(random.Below(5000), 'x'))
                              : Json(AnyOf(kTexts, random));
}

void ChangeValue(Json& value, const std::vector<Json*>& others, Random& random) {
  switch (random.Below(8)) {
    case 0:
      value = OddNumber(random);
      return;
    case 1:
      value = OddText(random);
      return;
    case 2:
      value = random.Below(2) == 0 ? Json() : Json(random.Below(2) == 0);
      return;
    case 3:
      value = random.Below(2) == 0 ? Json::array() : Json::object();
      return;
    case 4: {
      const Json copy = *AnyOf(others, random);
      value = copy;
      return;
    }
    case 5:
      if (value.is_array() && !value.empty()) {
        const Json first = value[random.Below(value.size())];
        value.insert(value.end(), 1 + random.Below(20), first);
      } else if (value.is_object() && !value.empty()) {
        const Json first = value.front();
        value[value.begin().key() + "x"] = first;
      }
      return;
    default:
      if (value.is_object() && !value.empty()) {
        auto member = value.begin();
        std::advance(member, static_cast<std::ptrdiff_t>(random.Below(value.size())));
        value.erase(member);
      } else if (value.is_array() && !value.empty()) {
        value.erase(random.Below(value.size()));
      } else if (value.is_number_integer()) {
        value = value.get<std::int64_t>() ^ (std::int64_t{1} << random.Below(40));
      } else {
        value = OddText(random);
      }
      return;
  }
}

}  // namespace

std::string MutateBytes(std::string text, const Material& material, Random& random) {
  for (std::uint64_t changes = 1 + random.Below(4); changes > 0; --changes) {
    ChangeBytes(text, material, random);
  }
  return text;
}

std::string MutateJson(const std::string& text, const Material& material, Random& random) {
  Json root = Json::parse(text, nullptr, false);
  if (root.is_discarded() || random.Below(8) == 0) {
    return MutateBytes(text, material, random);
  }
  Json other = Json::parse(
      material.inputs->empty() ? "{}" : AnyOf(*material.inputs, random), nullptr, false);
  for (std::uint64_t changes = 1 + random.Below(4); changes > 0; --changes) {
    std::vector<Json*> values;
    Collect(root, values);
    Json& changed = *AnyOf(values, random);
    std::vector<Json*> sources;
    Collect(random.Below(2) == 0 && !other.is_discarded() ? other : root, sources);
    ChangeValue(changed, sources, random);
  }
  return root.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace cu::fuzz
