#include "codec/decode/read_metadata.hpp"

#include <catch2/catch.hpp>

#include "codec/decode.hpp"

using namespace cu;
using codec::Decode;

TEST_CASE("an owner without controller true does not control", "[codec]") {
  const auto pod = Decode<api::Pod>(
      R"({"metadata":{"name":"p","ownerReferences":[{"kind":"Node","name":"a","uid":"1"},
          {"kind":"Job","name":"b","uid":"2","controller":false}],
          "annotations":{"kubernetes.io/config.mirror":"x","other":"y"}}})");
  REQUIRE(pod.ok());
  CHECK_FALSE(pod->meta.controller.has_value());
  CHECK(pod->meta.owner == api::Owner{"Node", "a", "1"});
  CHECK(pod->mirror());
  CHECK(pod->meta.annotations.size() == 1);
}

TEST_CASE("an owner beside a controller does not count", "[codec]") {
  const auto pod = Decode<api::Pod>(
      R"({"metadata":{"name":"p","ownerReferences":[{"kind":"Node","name":"a","uid":"1"},
          {"kind":"Job","name":"b","uid":"2","controller":true}]}})");
  REQUIRE(pod.ok());
  CHECK(pod->meta.controller == api::Owner{"Job", "b", "2"});
  CHECK_FALSE(pod->meta.owner.has_value());
}

TEST_CASE("null members count as missing", "[codec]") {
  const auto node = Decode<api::Node>(
      R"({"metadata":{"name":"a","labels":null,"creationTimestamp":null,"finalizers":null},
          "spec":null,"status":{"conditions":null}})");
  REQUIRE(node.ok());
  CHECK_FALSE(node->meta.created.has_value());
}
