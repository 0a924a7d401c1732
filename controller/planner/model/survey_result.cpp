#include "planner/model/survey_result.hpp"

#include <algorithm>

namespace cu::planner {

bool Survey::blocks() const {
  return std::any_of(
      findings.begin(), findings.end(), [](const Finding& finding) { return finding.blocks; });
}

std::string SurveyKey(const api::Metadata& upgrade, const std::string& spec_fingerprint) {
  return upgrade.uid + " " + spec_fingerprint;
}

std::string SurveyQuestion(const api::ClusterUpgrade& upgrade) {
  return SurveyKey(upgrade.meta, upgrade.spec.fingerprint) + " " + TokenQuestion(upgrade);
}

}  // namespace cu::planner
