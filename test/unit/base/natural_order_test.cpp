#include "base/natural_order.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

using cu::base::NaturalLess;

TEST_CASE("names come in the order in which people count", "[base]") {
  const std::vector<std::string> ordered = {"",
                                            "1",
                                            "2",
                                            "10",
                                            "a",
                                            "a1b",
                                            "a1b2",
                                            "a01b10",
                                            "a2",
                                            "a10",
                                            "a18446744073709551617",
                                            "node",
                                            "node-",
                                            "node-2",
                                            "node-2.rack-1",
                                            "node-2.rack-11",
                                            "node-10",
                                            "nodes"};
  for (std::size_t i = 0; i < ordered.size(); ++i) {
    for (std::size_t j = 0; j < ordered.size(); ++j) {
      INFO(ordered[i] << " before " << ordered[j]);
      CHECK(NaturalLess{}(ordered[i], ordered[j]) == (i < j));
    }
  }
}

TEST_CASE("names that differ only in leading zeros still have one order", "[base]") {
  CHECK(NaturalLess{}("node-01", "node-1"));
  CHECK_FALSE(NaturalLess{}("node-1", "node-01"));
  CHECK(NaturalLess{}("node-0", "node-00"));
  CHECK_FALSE(NaturalLess{}("node-00", "node-0"));
}

TEST_CASE("the order is transitive on names made of zeros, digits and letters", "[base]") {
  std::vector<std::string> names;
  const std::string alphabet = "019a";
  for (const char x : alphabet) {
    for (const char y : alphabet) {
      for (const char z : alphabet) {
        names.push_back({x, y, z});
      }
    }
  }
  const NaturalLess less;
  for (const auto& a : names) {
    for (const auto& b : names) {
      REQUIRE((less(a, b) || less(b, a)) == (a != b));
      for (const auto& c : names) {
        if (less(a, b) && less(b, c) && !less(a, c)) {
          FAIL(a << " < " << b << " < " << c << ", but not " << a << " < " << c);
        }
      }
    }
  }
}
