#include "codec/decode/read_daemon_set.hpp"

#include <catch2/catch.hpp>

#include "codec/decode.hpp"
#include "unit/codec/testdata.hpp"

using namespace cu;
using codec::Decode;

TEST_CASE("a DaemonSet tells which nodes it is for", "[codec]") {
  const auto set = Decode<api::DaemonSet>(
      R"({"metadata":{"name":"net","namespace":"kube-system"},"spec":{"template":{"spec":{
          "nodeSelector":{"gpu":"yes"},"containers":[{"name":"a"}]}}}})");
  REQUIRE(set.ok());
  CHECK(set->meta.Key() == "kube-system/net");
  CHECK(set->placement.Fits("a", {{"gpu", "yes"}}));
  CHECK_FALSE(set->placement.Fits("a", {}));
}
