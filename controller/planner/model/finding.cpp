#include "planner/model/finding.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace cu::planner {
namespace {

constexpr std::size_t kNamedPerType = 100;

constexpr std::array<std::string_view, 10> kTypes = {"BudgetAllowsNoneNow",
                                                     "BudgetNeverAllows",
                                                     "DeleteNotAllowed",
                                                     "EmptyDirData",
                                                     "JobRefused",
                                                     "PinnedPod",
                                                     "RecreateNotAllowed",
                                                     "SingleReplica",
                                                     "TwoBudgets",
                                                     "UnmanagedPods"};

/// What is lost for good comes first: it must not be crowded out by what only waits.
int RankOf(const std::string& type) {
  return type == "UnmanagedPods" ? 0 : type == "EmptyDirData" ? 1 : 2;
}

}  // namespace

std::string LineOf(const Finding& finding) {
  return finding.type + " " + finding.object + ": " + finding.text;
}

std::string TypeOfLine(const std::string& line) {
  const std::string word = line.substr(0, line.find(' '));
  return std::find(kTypes.begin(), kTypes.end(), word) == kTypes.end() ? "" : word;
}

bool Ignores(const std::vector<std::string>& ignore,
             const std::string& type,
             const std::string& object) {
  const std::string narrowed = type + "=" + object;
  return std::any_of(ignore.begin(), ignore.end(), [&](const std::string& entry) {
    return entry == type || entry == narrowed;
  });
}

void FindingBook::Add(Finding finding) {
  if (Ignores(ignore_, finding.type, finding.object)) {
    if (!finding.blocks) {
      return;
    }
    finding.blocks = false;
    finding.text += " (ignored by spec.preflight.ignore)";
  }
  auto& named = by_type_[finding.type];
  if (named.contains(finding.object)) {
    return;
  }
  if (named.size() < kNamedPerType) {
    named.emplace(finding.object, std::move(finding));
  } else if (unnamed_.Insert(HashOf(finding.type + " " + finding.object))) {
    ++more_;
  }
}

std::vector<Finding> FindingBook::Take() {
  std::vector<Finding> findings;
  for (auto& [type, named] : by_type_) {
    for (auto& [object, finding] : named) {
      findings.push_back(std::move(finding));
    }
  }
  by_type_.clear();
  std::stable_sort(findings.begin(), findings.end(), [](const Finding& a, const Finding& b) {
    return RankOf(a.type) < RankOf(b.type);
  });
  return findings;
}

}  // namespace cu::planner
