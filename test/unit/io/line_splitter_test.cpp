#include "io/line_splitter.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace cu::io {
namespace {

TEST_CASE("a line is the same wherever its parts were cut", "[io]") {
  const std::string text = "first\n\nthird line\nlast\n";
  for (std::size_t step = 1; step <= text.size(); ++step) {
    LineSplitter splitter(100);
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size(); at += step) {
      REQUIRE(splitter.Feed(std::string_view(text).substr(at, step),
                            [&](std::string line) { lines.push_back(std::move(line)); }));
    }
    CHECK(lines == std::vector<std::string>{"first", "", "third line", "last"});
  }
}

TEST_CASE("what no newline ends is not a line", "[io]") {
  LineSplitter splitter(100);
  int lines = 0;
  REQUIRE(splitter.Feed("whole\nhalf", [&](const std::string&) { ++lines; }));
  CHECK(lines == 1);
}

TEST_CASE("a line over the maximum is refused, one of just that length is not", "[io]") {
  LineSplitter splitter(4);
  std::vector<std::string> lines;
  const auto take = [&](std::string line) { lines.push_back(std::move(line)); };
  REQUIRE(splitter.Feed("abcd\nab", take));
  REQUIRE(splitter.Feed("cd", take));
  CHECK(lines == std::vector<std::string>{"abcd"});
  CHECK_FALSE(splitter.Feed("e", take));
}

}  // namespace
}  // namespace cu::io
