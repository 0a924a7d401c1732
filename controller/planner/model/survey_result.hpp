#pragma once
#include <string>
#include <vector>

#include "api/meta.hpp"
#include "planner/model/finding.hpp"
#include "planner/model/token_look.hpp"

namespace cu::planner {

/// What a look at all pods has found. Bounded: it does not grow with the cluster.
struct Survey {
  std::string question;           ///< SurveyQuestion that it answers
  std::string made_for;           ///< SurveyKey of the object that it was made for
  std::vector<Finding> findings;  ///< as FindingBook::Take sorts; at most 100 of each type
  int more = 0;                   ///< findings beyond that
  TokenLook tokens;
  bool volumes_unread = false;  ///< no right to read PersistentVolumes: their affinity is unknown
  bool blocks() const;
  bool operator==(const Survey&) const = default;
};

/// The object and its spec: a survey for another one says nothing.
std::string SurveyKey(const api::Metadata& upgrade, const std::string& spec_fingerprint);
/// The same, and the TokenQuestion: once it differs, it is looked again.
std::string SurveyQuestion(const api::ClusterUpgrade& upgrade);

}  // namespace cu::planner
