#include "codec/decode/read_deprecated_api.hpp"

#include <catch2/catch.hpp>

using namespace cu;
using codec::ReadDeprecatedApi;

TEST_CASE("a line of the metric names an API and the release that removes it", "[codec]") {
  CHECK(ReadDeprecatedApi(
            R"(apiserver_requested_deprecated_apis{group="policy",removed_release="1.25",)"
            R"(resource="podsecuritypolicies",subresource="",version="v1beta1"} 1)") ==
        api::DeprecatedApi{"policy", "v1beta1", "podsecuritypolicies", "1.25"});
  CHECK(ReadDeprecatedApi(R"(apiserver_requested_deprecated_apis{group="",removed_release="1.40",)"
                          R"(resource="a",version="v1"} 1)") ==
        api::DeprecatedApi{"", "v1", "a", "1.40"});
}

TEST_CASE("other lines, and APIs that no release removes, are none", "[codec]") {
  for (
      const char* line :
      {"",
       "# HELP apiserver_requested_deprecated_apis [STABLE] Gauge",
       "apiserver_requested_deprecated_apis",
       "apiserver_requested_deprecated_apis{",
       R"(apiserver_requested_deprecated_apis{group="",removed_release="",resource="componentstatuses",version="v1"} 1)",
       R"(apiserver_requested_deprecated_apis_total{removed_release="1.25"} 1)",
       R"(apiserver_request_total{removed_release="1.25"} 1)"}) {
    CAPTURE(line);
    CHECK_FALSE(ReadDeprecatedApi(line));
  }
}
