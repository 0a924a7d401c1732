#include "planner/gates/node_findings.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/planner/instant_cluster.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("all findings are named, twenty of them with what they mean", "[planner]") {
  std::vector<Finding> findings(21, Finding{api::FindingType::kTwoBudgets, "a/b", "t", true});
  findings.push_back({api::FindingType::kTwoBudgets, "a/c", "t", true});
  findings.push_back({api::FindingType::kUnmanagedPods, "a/d", "t", true});
  const std::string text = DescribeFindings(findings);
  CHECK(text.starts_with("23 findings: TwoBudgets a/b: t; TwoBudgets"));
  CHECK(text.ends_with("t; and 3 more: TwoBudgets a/b, a/c: UnmanagedPods a/d"));
  findings.resize(1'000, Finding{api::FindingType::kTwoBudgets, std::string(300, 'x'), "t", true});
  CHECK(DescribeFindings(findings).size() == 20'000);
}
