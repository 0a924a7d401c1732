#include "planner/model/warnings.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

#include "planner/model/hash_set.hpp"

namespace cu::planner {
namespace {

constexpr std::size_t kWarningsMax = 20;
constexpr std::size_t kReportedMax = 5'000;

/// What has happened comes before what was foreseen.
void MakeRoom(std::vector<api::Warning>& shown, WarningOverflow& overflow) {
  const auto foreseen = std::find_if(shown.rbegin(), shown.rend(), [](const auto& warning) {
    return api::IsOfPreflight(warning.type);
  });
  if (foreseen != shown.rend()) {
    overflow.reported.insert(HashOf(api::LineOf(*foreseen)));
    shown.erase(std::next(foreseen).base());
  }
}

/// False if there is no place left in the status.
bool AddWarning(api::ClusterUpgradeStatus& status,
                const Finding& finding,
                bool begun,
                WarningOverflow& overflow) {
  const api::Warning warning{finding.type, finding.object, finding.text};
  auto& shown = status.warnings;
  if (std::find(shown.begin(), shown.end(), warning) != shown.end()) {
    return true;
  }
  if (shown.size() >= kWarningsMax && !api::IsOfPreflight(warning.type)) {
    MakeRoom(shown, overflow);
  }
  if (shown.size() < kWarningsMax) {
    shown.push_back(warning);
    ++status.warnings_total;
    return true;
  }
  if (overflow.reported.size() < kReportedMax &&
      overflow.reported.insert(HashOf(LineOf(finding))).second) {
    overflow.findings.push_back(finding);
    status.warnings_total += begun ? 1 : 0;
  }
  return false;
}

}  // namespace

void AddWarnings(api::ClusterUpgradeStatus& status,
                 const std::vector<Finding>& findings,
                 bool begun,
                 WarningOverflow& overflow) {
  for (const Finding& finding : findings) {
    AddWarning(status, finding, begun, overflow);
  }
}

void AddPreflightWarnings(api::ClusterUpgradeStatus& status,
                          const std::vector<Finding>& findings,
                          int more,
                          bool begun,
                          WarningOverflow& overflow) {
  if (!begun) {
    std::erase_if(status.warnings,
                  [](const auto& warning) { return api::IsOfPreflight(warning.type); });
    status.warnings_total = static_cast<int>(status.warnings.size());
  }
  int unshown = more;
  for (const Finding& finding : findings) {
    unshown += AddWarning(status, finding, begun, overflow) ? 0 : 1;
  }
  status.warnings_total += begun ? 0 : unshown;
}

}  // namespace cu::planner
