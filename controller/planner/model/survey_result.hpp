#pragma once
#include <string>
#include <vector>

#include "api/meta.hpp"
#include "planner/model/finding.hpp"

namespace cu::planner {

/// What a look at all pods has found. Bounded: it does not grow with the cluster.
struct Survey {
  std::string made_for;           ///< SurveyKey of the object that it was made for
  std::vector<Finding> findings;  ///< as FindingBook::Take sorts; at most 100 of each type
  int more = 0;                   ///< findings beyond that
  bool volumes_unread = false;    ///< no right to read PersistentVolumes: their affinity is unknown
  bool blocks() const;
  bool operator==(const Survey&) const = default;
};

/// The object and its spec: a survey for another one says nothing.
std::string SurveyKey(const api::Metadata& upgrade, const std::string& spec_fingerprint);

}  // namespace cu::planner
