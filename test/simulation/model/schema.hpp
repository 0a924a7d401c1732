#pragma once
#include <string>

#include "model/objects.hpp"

namespace cu::simulation {

/// The OpenAPI schema of the CustomResourceDefinition in crds/, as far as the API server holds a
/// status to it.
class Schema {
 public:
  /// Reads the definition of ClusterUpgrade.
  static const Schema& OfUpgrade();
  /// What is wrong with a status, or "".
  std::string StatusProblem(const Json& status) const;

 private:
  explicit Schema(Json root) : root_(std::move(root)) {}
  Json root_;
};

/// What is wrong with the value at `path` by this schema, or "". Of keywords, those that the
/// definition uses.
std::string SchemaProblem(const Json& schema, const Json& value, const std::string& path);

}  // namespace cu::simulation
