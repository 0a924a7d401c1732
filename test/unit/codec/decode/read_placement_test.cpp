#include "codec/decode/read_placement.hpp"

#include <catch2/catch.hpp>

namespace cu::codec {
namespace {

api::Placement Place(const char* spec, Problems& problems) {
  const Json tree = Parse(spec, {}, problems);
  return ReadPlacement(Reader(tree, "", problems));
}

TEST_CASE("a placement has the node selector and the required node affinity", "[codec]") {
  Problems problems;
  const api::Placement placement = Place(R"({"nodeSelector":{"disk":"ssd"},
      "affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{
        "nodeSelectorTerms":[{"matchExpressions":[{"key":"zone","operator":"In","values":["a","b"]}],
                              "matchFields":[{"key":"metadata.name","operator":"NotIn",
                                              "values":["n1"]}]}]}}}})",
                                         problems);
  CHECK(problems.empty());
  CHECK(placement.node_selector == api::StringMap{{"disk", "ssd"}});
  REQUIRE(placement.required.has_value());
  REQUIRE(placement.required->size() == 1);
  const api::NodeTerm& term = placement.required->front();
  REQUIRE(term.labels.size() == 1);
  CHECK(term.labels[0].key == "zone");
  CHECK(term.labels[0].op == api::NodeOperator::kIn);
  CHECK(term.labels[0].values == std::vector<std::string>{"a", "b"});
  REQUIRE(term.fields.size() == 1);
  CHECK(term.fields[0].op == api::NodeOperator::kNotIn);
}

TEST_CASE("a silent placement is for every node, an empty affinity for none", "[codec]") {
  Problems problems;
  CHECK_FALSE(Place("{}", problems).required.has_value());
  const api::Placement none = Place(
      R"({"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{}}}})",
      problems);
  CHECK(none.required == std::vector<api::NodeTerm>{});
  CHECK(problems.empty());
}

TEST_CASE("an operator of a later release is a problem", "[codec]") {
  Problems problems;
  Place(R"({"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{
        "nodeSelectorTerms":[{"matchExpressions":[{"key":"zone","operator":"Like"}]}]}}}})",
        problems);
  CHECK_FALSE(problems.empty());
}

}  // namespace
}  // namespace cu::codec
