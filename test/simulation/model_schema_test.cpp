#include <string>

#include <catch2/catch.hpp>

#include "model/schema.hpp"

using cu::simulation::Json;
using cu::simulation::Schema;

namespace {

std::string ProblemOf(const Json& status) {
  return Schema::OfUpgrade().StatusProblem(status);
}

Json Condition(const std::string& type, const std::string& message) {
  return {{"type", type},
          {"status", "True"},
          {"reason", "Upgraded"},
          {"message", message},
          {"lastTransitionTime", "2026-01-05T01:00:00Z"}};
}

}  // namespace

TEST_CASE("A status is held to the lengths, numbers and names of the CRD", "[model]") {
  CHECK(ProblemOf(Json::object()).empty());
  CHECK(ProblemOf({{"conditions", {Condition("Ready", "done")}}}).empty());
  CHECK(ProblemOf({{"conditions", {Condition("Ready", std::string(32769, 'x'))}}})
            .starts_with("status.conditions[0].message: Too long"));
  CHECK(ProblemOf({{"conditions", {Condition("Ready", ""), Condition("Ready", "")}}}) ==
        "status.conditions[1]: Duplicate value");
  CHECK(ProblemOf({{"observedGeneration", "1"}}) ==
        "status.observedGeneration: must be of type integer, not string");
  CHECK(ProblemOf({{"noSuchField", 1}}) == "status.noSuchField: unknown field");
  Json entries = Json::array();
  for (int i = 0; i < 51; ++i) {
    entries.push_back({{"name", "n" + std::to_string(i)}});
  }
  CHECK(ProblemOf({{"inProgress", entries}}) ==
        "status.inProgress: Too many: must have at most 50 items");
  CHECK(ProblemOf({{"inProgress", {{{"name", "n"}, {"step", "Dancing"}}}}}) ==
        "status.inProgress[0].step: Unsupported value: \"Dancing\"");
  CHECK(ProblemOf({{"inProgress", {{{"uid", "u"}}}}}) ==
        "status.inProgress[0].name: Required value");
  CHECK_FALSE(ProblemOf({{"inProgress", {{{"name", "n"}, {"stepTime", "now"}}}}}).empty());
}

TEST_CASE("Characters are counted, not bytes", "[model]") {
  const Json schema{{"type", "string"}, {"maxLength", 2}, {"pattern", "^\\D*$"}};
  CHECK(cu::simulation::SchemaProblem(schema, "äö", "x").empty());
  CHECK_FALSE(cu::simulation::SchemaProblem(schema, "äöü", "x").empty());
  CHECK_FALSE(cu::simulation::SchemaProblem(schema, "1", "x").empty());
}
