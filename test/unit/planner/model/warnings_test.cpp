#include "planner/model/warnings.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/planner/workers.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

std::vector<Finding> Findings(int count, const std::string& prefix = "a/") {
  std::vector<Finding> findings;
  for (int i = 0; i < count; ++i) {
    findings.push_back(
        Finding::Warns(api::FindingType::kPinnedPod, prefix + std::to_string(i), "pinned"));
  }
  return findings;
}

/// A warning that preflight does not give.
const std::vector<Finding> kOther = {
    Finding::Warns(api::FindingType::kPodNotRecreated, "a/db", "not created again")};

}  // namespace

TEST_CASE("twenty warnings are kept, all are counted", "[planner]") {
  Scene scene = Workers(1);
  for (int i = 0; i < 30; ++i) {
    scene.Add("worker-1", PodBuilder("alone-" + std::to_string(i)).Unmanaged());
  }
  scene.Settle();
  CHECK(scene.status().warnings.size() == 20);
  CHECK(scene.status().warnings_total == 30);
}

TEST_CASE("a warning is shown once, and one without a place in the status is told once",
          "[planner]") {
  api::ClusterUpgradeStatus status;
  WarningOverflow overflow;
  AddWarnings(status, Findings(20), true, overflow);
  AddWarnings(status, Findings(20), true, overflow);
  CHECK(status.warnings.size() == 20);
  CHECK(status.warnings_total == 20);
  CHECK(overflow.findings.empty());

  AddWarnings(status, Findings(22), true, overflow);
  CHECK(status.warnings.size() == 20);
  CHECK(status.warnings_total == 22);
  REQUIRE(overflow.findings.size() == 2);
  CHECK(overflow.findings[0].object == "a/20");
  overflow.findings.clear();
  AddWarnings(status, Findings(22), true, overflow);
  CHECK(status.warnings_total == 22);
  CHECK(overflow.findings.empty());
}

TEST_CASE("what has happened takes the place of what was foreseen", "[planner]") {
  api::ClusterUpgradeStatus status;
  WarningOverflow overflow;
  AddWarnings(status, Findings(20), true, overflow);
  AddWarnings(status, kOther, true, overflow);
  CHECK(status.warnings.size() == 20);
  CHECK(status.warnings_total == 21);
  CHECK(status.warnings.back().object == "a/db");
  CHECK(overflow.findings.empty());
  AddWarnings(status, Findings(20), true, overflow);
  CHECK(status.warnings_total == 21);
  CHECK(status.warnings.back().object == "a/db");
}

TEST_CASE("before the start what finds no place is told, and counted by preflight alone",
          "[planner]") {
  api::ClusterUpgradeStatus status;
  WarningOverflow overflow;
  AddWarnings(status, Findings(22), false, overflow);
  CHECK(status.warnings_total == 20);
  CHECK(overflow.findings.size() == 2);
  AddPreflightWarnings(status, Findings(22), 5, false, overflow);
  CHECK(status.warnings_total == 27);
  AddPreflightWarnings(status, Findings(22), 5, false, overflow);
  CHECK(status.warnings_total == 27);
}

TEST_CASE("preflight's warnings are what it finds now, until the start", "[planner]") {
  api::ClusterUpgradeStatus status;
  WarningOverflow overflow;
  AddWarnings(status, kOther, false, overflow);
  AddPreflightWarnings(status, Findings(2), 0, false, overflow);
  AddPreflightWarnings(status, Findings(1, "b/"), 0, false, overflow);
  REQUIRE(status.warnings.size() == 2);
  CHECK(status.warnings[0].object == "a/db");
  CHECK(status.warnings[1].object == "b/0");
  CHECK(status.warnings_total == 2);

  AddPreflightWarnings(status, Findings(1, "c/"), 0, true, overflow);
  CHECK(status.warnings.size() == 3);
  CHECK(status.warnings_total == 3);
}
