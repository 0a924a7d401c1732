#include "codec/encode/access_review_body.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace cu;
using nlohmann::json;

TEST_CASE("an access review asks for a verb on a resource in all namespaces", "[codec]") {
  const json body = json::parse(codec::AccessReviewBody("create", "pods"));
  CHECK(body["kind"] == "SelfSubjectAccessReview");
  CHECK(body["spec"]["resourceAttributes"] == json{{"verb", "create"}, {"resource", "pods"}});
}
