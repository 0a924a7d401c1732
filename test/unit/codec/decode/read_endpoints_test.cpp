#include "codec/decode/read_endpoints.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "codec/decode.hpp"

using namespace cu;

TEST_CASE("the ready endpoints of a slice name their nodes and pods", "[codec]") {
  const auto slice = codec::Decode<api::EndpointSlice>(R"({
      "metadata":{"namespace":"policy","name":"hooks-x1"},"addressType":"IPv4",
      "endpoints":[
        {"addresses":["10.0.0.1"],"conditions":{"ready":true},"nodeName":"worker-1",
         "targetRef":{"kind":"Pod","namespace":"policy","name":"hooks-1"}},
        {"addresses":["10.0.0.2"],"conditions":{"ready":false,"serving":true},"nodeName":"worker-2"},
        {"addresses":["10.0.0.3"],"conditions":{}},
        {"addresses":["10.0.0.4"],"targetRef":{"kind":"Node","name":"worker-3"}}],
      "ports":[{"port":443}]})");
  REQUIRE(slice.ok());
  CHECK(slice->meta.Key() == "policy/hooks-x1");
  REQUIRE(slice->ready.size() == 3);
  CHECK(slice->ready[0] == api::EndpointSlice::Endpoint{"worker-1", "policy/hooks-1"});
  CHECK(slice->ready[1] == api::EndpointSlice::Endpoint{"", ""});
  CHECK(slice->ready[2] == api::EndpointSlice::Endpoint{"", ""});
}

TEST_CASE("a slice without endpoints has none that are ready", "[codec]") {
  const auto slice =
      codec::Decode<api::EndpointSlice>(R"({"metadata":{"name":"x"},"endpoints":null})");
  REQUIRE(slice.ok());
  CHECK(slice->ready.empty());
}

TEST_CASE("of a slice that is too large the first endpoints are kept", "[codec]") {
  std::string body = R"({"metadata":{"resourceVersion":"1"},"items":[{
      "metadata":{"name":"x","namespace":"n","uid":"u","resourceVersion":"1"},"endpoints":[)";
  for (int i = 0; i < 2000; ++i) {
    body += std::string(i == 0 ? "" : ",") + R"({"nodeName":")" + std::string(200, 'n') + R"("})";
  }
  const auto page = codec::DecodePage<api::EndpointSlice>(body + "]}]}");
  REQUIRE(page.ok());
  const std::size_t kept = page->items.front().ready.size();
  CHECK(kept > 100);
  CHECK(kept < 1000);
  CHECK(page->unreadable.size() == 1);
}
