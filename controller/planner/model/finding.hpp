#pragma once
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "api/cluster_upgrade.hpp"
#include "planner/model/hash_set.hpp"

namespace cu::planner {

/// Something about the drains to come that a person ought to know. `type` is the name that
/// spec.preflight.ignore takes, `object` what it may be narrowed to.
struct Finding {
  api::FindingType type = api::FindingType::kUnknown;
  std::string object;  ///< "namespace/name", or the name of a cluster-scoped object
  std::string text;    ///< what it means and what to do
  bool blocks = false;

  static Finding Warns(api::FindingType type, std::string object, std::string text) {
    return {type, std::move(object), std::move(text), false};
  }
  static Finding Blocks(api::FindingType type, std::string object, std::string text) {
    return {type, std::move(object), std::move(text), true};
  }
  auto operator<=>(const Finding&) const = default;
};

/// As messages, warnings and Events show it: api::LineOf.
std::string LineOf(const Finding& finding);

/// Whether spec.preflight.ignore, "Type" or "Type=object", names the finding.
bool Ignores(const std::vector<std::string>& ignore,
             api::FindingType type,
             const std::string& object);

/// Findings without repetitions, at most 100 of a type; what spec.preflight.ignore names no longer
/// blocks, and is left out if it only warned.
class FindingBook {
 public:
  explicit FindingBook(std::vector<std::string> ignore) : ignore_(std::move(ignore)) {}
  void Add(Finding finding);
  /// Counts findings that could not be named.
  void AddUnnamed(int count) { more_ += count; }
  /// Losses first, UnmanagedPods and then EmptyDirData; else sorted by type and object.
  std::vector<Finding> Take();
  int more() const { return more_; }

 private:
  std::vector<std::string> ignore_;
  std::map<api::FindingType, std::map<std::string, Finding>> by_type_;  ///< then by object
  HashSet unnamed_{50'000};                                             ///< beyond 100 of a type
  int more_ = 0;
};

}  // namespace cu::planner
