#include "base/text.hpp"

#include <catch2/catch.hpp>

using cu::base::Cut;
using cu::base::CutFront;
using cu::base::JoinNames;
using cu::base::OneLine;

TEST_CASE("what is cut in front keeps its end", "[base]") {
  CHECK(CutFront("abc", 3) == "abc");
  CHECK(CutFront("abc", 2) == "bc");
  CHECK(CutFront("aäb", 2) == "b");
  CHECK(CutFront("", 0).empty());
}

TEST_CASE("several lines become one", "[base]") {
  CHECK(OneLine("").empty());
  CHECK(OneLine(" \n\t").empty());
  CHECK(OneLine("\nno space left\r\n\n  on device\x7f\n") == "no space left on device");
  CHECK(OneLine("für ä") == "für ä");
}

TEST_CASE("what is short enough stays as it is", "[base]") {
  CHECK(Cut("", 0).empty());
  CHECK(Cut("abc", 3) == "abc");
  CHECK(Cut("a\xc3\xa4", 3) == "a\xc3\xa4");
}

TEST_CASE("a cut never falls inside a letter", "[base]") {
  const std::string text =
      "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80z";  // a, two, three, four bytes, z
  const std::size_t ends[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11};
  for (std::size_t limit = 0; limit < std::size(ends); ++limit) {
    CHECK(Cut(text, limit).size() == ends[limit]);
  }
}

TEST_CASE("bytes that are no UTF-8 are cut somewhere", "[base]") {
  CHECK(Cut(std::string(10, '\x80'), 5).size() <= 5);
}

TEST_CASE("names are joined, and those beyond the limit counted", "[base]") {
  CHECK(JoinNames({}, 3).empty());
  CHECK(JoinNames({"a"}, 3) == "a");
  CHECK(JoinNames({"a", "b", "c"}, 3) == "a, b, c");
  CHECK(JoinNames({"a", "b", "c", "d"}, 2) == "a, b and 2 more");
}
