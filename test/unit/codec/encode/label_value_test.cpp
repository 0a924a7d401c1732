#include "codec/encode/label_value.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "base/sha256.hpp"

using namespace cu;

TEST_CASE("any text becomes a legal label value", "[codec]") {
  const std::string longest(63, 'a');
  const std::string longer(64, 'a');
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", ""},
      {"v1.36.3", "v1.36.3"},
      {"v1.36.3+k3s1", "v1.36.3_k3s1"},
      {"team/a b", "team_a_b"},
      {"-x-", "x"},
      {"+", ""},
      {"Müller", "M__ller"},
      {longest, longest},
      {longer, std::string(52, 'a') + "-" + base::Sha256Hex(longer).substr(0, 10)},
  };
  for (const auto& [text, value] : cases) {
    INFO(text);
    CHECK(codec::LabelValue(text) == value);
  }
  CHECK(codec::LabelValue(longer).size() == 63);
  CHECK(codec::LabelValue(longer + "b") != codec::LabelValue(longer + "c"));
}
