#include "planner/model/finding.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/planner/scene.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

using Type = api::FindingType;

/// "! TwoBudgets a/b", … with a mark for those that block.
Lines Taken(FindingBook& book) {
  Lines lines;
  for (const Finding& finding : book.Take()) {
    lines.push_back((finding.blocks ? "! " : "") + NameOf(finding.type) + " " + finding.object);
  }
  return lines;
}

}  // namespace

TEST_CASE("spec.preflight.ignore names a type, or one object of it", "[planner]") {
  CHECK(Ignores({"PinnedPod"}, Type::kPinnedPod, "a/b"));
  CHECK(Ignores({"TwoBudgets", "PinnedPod=a/b"}, Type::kPinnedPod, "a/b"));
  CHECK_FALSE(Ignores({"PinnedPod=a/b"}, Type::kPinnedPod, "a/c"));
  CHECK_FALSE(Ignores({"TwoBudgets"}, Type::kPinnedPod, "a/b"));
  CHECK_FALSE(Ignores({}, Type::kPinnedPod, "a/b"));
}

TEST_CASE("what is ignored no longer blocks, and is left out if it only warned", "[planner]") {
  FindingBook book({"TwoBudgets", "PinnedPod"});
  book.Add(Finding::Blocks(Type::kTwoBudgets, "a/b", "two"));
  book.Add(Finding::Warns(Type::kPinnedPod, "a/b", "pinned"));
  const std::vector<Finding> findings = book.Take();
  REQUIRE(findings.size() == 1);
  CHECK_FALSE(findings[0].blocks);
  CHECK(LineOf(findings[0]) == "TwoBudgets a/b: two (ignored by spec.preflight.ignore)");
}

TEST_CASE("a finding is told once, losses first, the others by type and object", "[planner]") {
  FindingBook book({});
  book.Add(Finding::Blocks(Type::kTwoBudgets, "a/b", "first"));
  book.Add(Finding::Warns(Type::kTwoBudgets, "a/b", "again"));
  book.Add(Finding::Warns(Type::kPinnedPod, "a/c", ""));
  book.Add(Finding::Warns(Type::kPinnedPod, "a/b", ""));
  book.Add(Finding::Warns(Type::kEmptyDirData, "a/b", ""));
  book.Add(Finding::Warns(Type::kUnmanagedPods, "z/z", ""));
  CHECK(Taken(book) == Lines{"UnmanagedPods z/z",
                             "EmptyDirData a/b",
                             "PinnedPod a/b",
                             "PinnedPod a/c",
                             "! TwoBudgets a/b"});
  CHECK(Taken(book).empty());
}

TEST_CASE("beyond a hundred of a type findings are counted, each once", "[planner]") {
  FindingBook book({});
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 103; ++i) {
      book.Add(Finding::Warns(Type::kPinnedPod, "a/" + std::to_string(i), ""));
    }
  }
  book.Add(Finding::Warns(Type::kTwoBudgets, "a/102", ""));
  book.AddUnnamed(4);
  CHECK(book.more() == 3 + 4);
  CHECK(Taken(book).size() == 101);
}
