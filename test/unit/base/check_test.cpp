#include "base/check.hpp"

#include <catch2/catch.hpp>

#include "unit/apart.hpp"

namespace {

using cu::test::End;
using cu::test::RunApart;

TEST_CASE("a contract that holds costs nothing to be seen", "[base]") {
  const End end = RunApart([] { CU_CHECK(1 + 1 == 2); });
  CHECK(end.signal == 0);
  CHECK(end.words.empty());
}

TEST_CASE("a broken contract is named in one line, and the program stops", "[base]") {
  const End end = RunApart([] { CU_CHECK(1 + 1 == 3); });
  CHECK(end.Broke("1 + 1 == 3"));
  CHECK(end.words.find("check_test.cpp:") != std::string::npos);
  CHECK(end.words.back() == '\n');
}

}  // namespace
