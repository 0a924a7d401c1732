#include "codec/encode/lease_body.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "base/time.hpp"

using namespace cu;
using nlohmann::json;

TEST_CASE("a Lease is created without version and released without holder", "[codec]") {
  codec::LeaseBodyInput input;
  input.name = "controller";
  input.ns = "system";
  input.holder = "me";
  input.acquired = *base::ParseTime("2026-11-22T18:00:00.000001Z");
  input.renewed = *base::ParseTime("2026-11-22T18:00:02.5Z");
  input.transitions = 4;
  CHECK(codec::LeaseBody(input) ==
        R"({"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"controller",)"
        R"("namespace":"system"},"spec":{"acquireTime":"2026-11-22T18:00:00.000001Z",)"
        R"("holderIdentity":"me","leaseDurationSeconds":15,"leaseTransitions":4,)"
        R"("renewTime":"2026-11-22T18:00:02.500000Z"}})");
  input.resource_version = "9";
  input.holder = "";
  const json released = json::parse(codec::LeaseBody(input));
  CHECK(released["metadata"]["resourceVersion"] == "9");
  CHECK_FALSE(released["spec"].contains("holderIdentity"));
}
