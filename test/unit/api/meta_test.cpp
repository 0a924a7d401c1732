#include "api/meta.hpp"

#include <vector>

#include <catch2/catch.hpp>

#include "api/objects.hpp"

using namespace cu::api;

namespace {

struct Case {
  const char* what;
  LabelSelector selector;
  StringMap labels;
  bool matches;
};

LabelSelector Expression(SelectorOperator op, std::vector<std::string> values = {}) {
  return {{}, {{"tier", op, std::move(values)}}};
}

}  // namespace

TEST_CASE("a label selector matches as Kubernetes says", "[api]") {
  using enum SelectorOperator;
  const std::vector<Case> cases = {
      {"an empty selector matches all", {}, {{"tier", "web"}}, true},
      {"an empty selector matches no labels", {}, {}, true},
      {"equal label", {{{"tier", "web"}}, {}}, {{"tier", "web"}, {"x", "y"}}, true},
      {"other value", {{{"tier", "web"}}, {}}, {{"tier", "db"}}, false},
      {"missing label", {{{"tier", "web"}}, {}}, {{"x", "web"}}, false},
      {"missing label and empty value", {{{"tier", ""}}, {}}, {}, false},
      {"one of two labels", {{{"tier", "web"}, {"x", "y"}}, {}}, {{"tier", "web"}}, false},
      {"In, listed", Expression(kIn, {"db", "web"}), {{"tier", "web"}}, true},
      {"In, not listed", Expression(kIn, {"db"}), {{"tier", "web"}}, false},
      {"In, absent", Expression(kIn, {"db"}), {}, false},
      {"In without values", Expression(kIn), {{"tier", "web"}}, false},
      {"NotIn, listed", Expression(kNotIn, {"web"}), {{"tier", "web"}}, false},
      {"NotIn, not listed", Expression(kNotIn, {"db"}), {{"tier", "web"}}, true},
      {"NotIn, absent", Expression(kNotIn, {"db"}), {}, true},
      {"Exists", Expression(kExists), {{"tier", ""}}, true},
      {"Exists, absent", Expression(kExists), {{"x", "y"}}, false},
      {"DoesNotExist", Expression(kDoesNotExist), {{"tier", ""}}, false},
      {"DoesNotExist, absent", Expression(kDoesNotExist), {{"x", "y"}}, true},
      {"labels and expressions must both match",
       {{{"x", "y"}}, {{"tier", kExists, {}}}},
       {{"x", "y"}},
       false},
      {"every expression must match",
       {{}, {{"tier", kExists, {}}, {"x", kDoesNotExist, {}}}},
       {{"tier", "web"}, {"x", "y"}},
       false},
  };
  for (const Case& c : cases) {
    INFO(c.what);
    CHECK(c.selector.Matches(c.labels) == c.matches);
  }
}

TEST_CASE("only a selector without any requirement is empty", "[api]") {
  CHECK(LabelSelector{}.empty());
  CHECK_FALSE(LabelSelector{{{"a", "b"}}, {}}.empty());
  CHECK_FALSE(Expression(SelectorOperator::kExists).empty());
}

TEST_CASE("a resourceVersion alone is no change of an object", "[api]") {
  Metadata a;
  a.name = "worker-1";
  a.resource_version = "1";
  Metadata b = a;
  b.resource_version = "2";
  CHECK(a == b);
  b.labels["x"] = "y";
  CHECK_FALSE(a == b);
}

TEST_CASE("an object's key has its namespace where it has one", "[api]") {
  Metadata meta;
  meta.name = "web";
  CHECK(meta.Key() == "web");
  meta.ns = "team-a";
  CHECK(meta.Key() == "team-a/web");
}

TEST_CASE("a pod is a mirror pod by its annotation and finished by its phase", "[api]") {
  Pod pod;
  CHECK_FALSE(pod.mirror());
  pod.meta.annotations["kubernetes.io/config.mirror"] = "";
  CHECK(pod.mirror());
  for (const auto& [phase, finished] : {std::pair{PodPhase::kPending, false},
                                        std::pair{PodPhase::kRunning, false},
                                        std::pair{PodPhase::kUnknown, false},
                                        std::pair{PodPhase::kSucceeded, true},
                                        std::pair{PodPhase::kFailed, true}}) {
    pod.phase = phase;
    CHECK(pod.finished() == finished);
  }
}
