#include "planner/model/finding.hpp"

#include <algorithm>

namespace cu::planner {
namespace {

constexpr std::size_t kNamedPerType = 100;

/// What is lost for good comes first: it must not be crowded out by what only waits.
int RankOf(api::FindingType type) {
  if (type == api::FindingType::kUnmanagedPods) {
    return 0;
  }
  return type == api::FindingType::kEmptyDirData ? 1 : 2;
}

}  // namespace

std::string LineOf(const Finding& finding) {
  return api::LineOf({finding.type, finding.object, finding.text});
}

bool Ignores(const std::vector<std::string>& ignore,
             api::FindingType type,
             const std::string& object) {
  const std::string name = NameOf(type);
  const std::string narrowed = name + "=" + object;
  return std::any_of(ignore.begin(), ignore.end(), [&](const std::string& entry) {
    return entry == name || entry == narrowed;
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
  } else if (unnamed_.Insert(HashOf(NameOf(finding.type) + " " + finding.object))) {
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
