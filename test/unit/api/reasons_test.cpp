#include "api/reasons.hpp"

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include <catch2/catch.hpp>

#include "folder.hpp"

using namespace cu::api;

namespace {

using Names = std::set<std::string>;

std::string ReadPage(const std::string& name) {
  std::ifstream file(std::filesystem::path(kTestFolder).parent_path() / "docs" / name);
  REQUIRE(file);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// The words in backquotes of the first cell of each table row between two headings.
Names Documented(const std::string& page, const std::string& heading) {
  const std::size_t begin = page.find("\n" + heading);
  INFO(heading);
  REQUIRE(begin != std::string::npos);
  const std::size_t end = page.find("\n## ", begin + 1);
  std::istringstream section(page.substr(begin, end == std::string::npos ? end : end - begin));
  Names names;
  for (std::string line; std::getline(section, line);) {
    if (!line.starts_with("| `")) {
      continue;
    }
    const std::string cell = line.substr(0, line.find('|', 1));
    for (std::size_t at = cell.find('`'); at != std::string::npos;) {
      const std::size_t close = cell.find('`', at + 1);
      names.insert(cell.substr(at + 1, close - at - 1));
      at = cell.find('`', close + 1);
    }
  }
  return names;
}

template <class Table>
Names NamesIn(const Table& table, std::size_t from = 0, std::size_t to = std::string::npos) {
  Names names;
  for (std::size_t i = from; i < std::min(to, table.size()); ++i) {
    names.emplace(table[i].name);
  }
  return names;
}

Names Both(Names a, const Names& b) {
  a.insert(b.begin(), b.end());
  return a;
}

/// CamelCase, as metav1.Condition demands of a reason, and a meaning in plain words.
template <class Table>
void CheckForm(const Table& table) {
  for (const auto& row : table) {
    INFO(row.name);
    CHECK((row.name.front() >= 'A' && row.name.front() <= 'Z'));
    CHECK(row.name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") ==
          std::string_view::npos);
    CHECK(row.meaning.find(' ') != std::string_view::npos);
    CHECK(row.meaning.back() != '.');
    CHECK(FindReason(table, row.name) == row.reason);
    CHECK(NameOf(row.reason) == row.name);
  }
  CHECK(NamesIn(table).size() == table.size());
  CHECK_FALSE(FindReason(table, "nothing").has_value());
}

}  // namespace

TEST_CASE("every reason has one CamelCase name and a meaning", "[api]") {
  CheckForm(kFailureReasons);
  CheckForm(kPostponeReasons);
  CheckForm(kHoldReasons);
  CheckForm(kStateReasons);
  CheckForm(kBlockReasons);
  CheckForm(kSkipReasons);
  CheckForm(kFindingTypes);
  CheckForm(kTokenReasons);
  CheckForm(kRefreshFailures);
  CheckForm(kLaggardReasons);
  CheckForm(kEventReasons);
}

TEST_CASE("a condition's reason means one thing", "[api]") {
  for (const auto& row : kStateReasons) {
    CHECK_FALSE(FindReason(kHoldReasons, row.name).has_value());
  }
  for (const auto& row : kTokenReasons) {
    CHECK_FALSE(FindReason(kHoldReasons, row.name).has_value());
    CHECK_FALSE(FindReason(kStateReasons, row.name).has_value());
  }
}

TEST_CASE("docs/REASONS.md explains every reason, and no other", "[api]") {
  const std::string page = ReadPage("REASONS.md");
  CHECK(Documented(page, "## Conditions") == Both(NamesIn(kHoldReasons), NamesIn(kStateReasons)));
  CHECK(Documented(page, "## Tokens") == NamesIn(kTokenReasons));
  CHECK(Documented(page, "## Workloads") ==
        Both(NamesIn(kRefreshFailures), NamesIn(kLaggardReasons)));
  CHECK(Documented(page, "## Skipped nodes") == NamesIn(kSkipReasons));
  CHECK(Documented(page, "## Failed nodes") == NamesIn(kFailureReasons));
  CHECK(Documented(page, "## Postponed nodes") == NamesIn(kPostponeReasons));
  CHECK(Documented(page, "## What blocks a drain") == NamesIn(kBlockReasons));
  CHECK(Documented(page, "## Warnings") ==
        NamesIn(kFindingTypes, kPreflightFindings, kFindingTypes.size()));
  CHECK(Documented(page, "## Events") ==
        Both(NamesIn(kEventReasons), NamesIn(kFindingTypes, 0, kPreflightFindings)));
}

TEST_CASE("docs/PREFLIGHT.md explains every finding that preflight makes, and no other", "[api]") {
  CHECK(Documented(ReadPage("PREFLIGHT.md"), "## The findings") ==
        NamesIn(kFindingTypes, 0, kPreflightFindings));
}
