#include "planner/model/survey_result.hpp"

#include <catch2/catch.hpp>

using namespace cu;
using namespace cu::planner;

TEST_CASE("a survey blocks when one of its findings does", "[planner]") {
  Survey survey;
  CHECK_FALSE(survey.blocks());
  survey.findings = {Finding::Warns(api::FindingType::kPinnedPod, "a/b", "")};
  CHECK_FALSE(survey.blocks());
  survey.findings.push_back(Finding::Blocks(api::FindingType::kTwoBudgets, "a/b", ""));
  CHECK(survey.blocks());
}

TEST_CASE("a survey is for one object and one spec of it", "[planner]") {
  api::Metadata upgrade;
  upgrade.uid = "u1";
  const std::string key = SurveyKey(upgrade, "spec-1");
  CHECK(SurveyKey(upgrade, "spec-1") == key);
  CHECK(SurveyKey(upgrade, "spec-2") != key);
  upgrade.uid = "u2";
  CHECK(SurveyKey(upgrade, "spec-1") != key);
}
