#include "core/actions/access_actions.hpp"

#include <catch2/catch.hpp>

#include "unit/core/actions/played.hpp"

namespace cu::core {
namespace {

using planner::Outcome;

TEST_CASE("a right is asked for by the verb and the resource, in all namespaces", "[core]") {
  const auto request = Of(kCheckAccess);
  CHECK(request.method == port::Method::kPost);
  CHECK(request.target == "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews");
  CHECK(Json::parse(request.body)["spec"]["resourceAttributes"] ==
        Json{{"verb", "create"}, {"resource", "pods"}});
}

TEST_CASE("a right that is not granted in so many words is missing", "[core]") {
  CHECK(OutcomeOf(kCheckAccess, 201, R"({"status":{"allowed":true}})") == Outcome::kAccepted);
  CHECK(OutcomeOf(kCheckAccess, 201, R"({"status":{"allowed":false}})") == Outcome::kForbidden);
  CHECK(OutcomeOf(kCheckAccess, 201, "{}") == Outcome::kForbidden);
  CHECK(OutcomeOf(kCheckAccess, 200, "<html>") == Outcome::kForbidden);
}

TEST_CASE("a question that was not answered says nothing about the right", "[core]") {
  CHECK(OutcomeOf(kCheckAccess, 500, R"({"status":{"allowed":false}})") == Outcome::kUnknown);
  CHECK(OutcomeOf(kCheckAccess, 503, "") == Outcome::kOverload);
  CHECK(OutcomeOf(kCheckAccess, 403, "") == Outcome::kForbidden);
}

}  // namespace
}  // namespace cu::core
