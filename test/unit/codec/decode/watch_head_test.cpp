#include "codec/decode/watch_head.hpp"

#include <catch2/catch.hpp>

namespace cu::codec {
namespace {

TEST_CASE("the head of a watch's line names the object and its version", "[codec]") {
  const auto head = PeekWatchHead(
      R"({"type":"MODIFIED","object":{"kind":"Pod","metadata":{"name":"web","labels":{"name":"x"},)"
      R"("namespace":"shop","ownerReferences":[{"name":"y"}],"resourceVersion":"7"},"spec":)");
  REQUIRE(head.has_value());
  CHECK(head->type == "MODIFIED");
  CHECK(head->ns == "shop");
  CHECK(head->name == "web");
  CHECK(head->resource_version == "7");
}

TEST_CASE("nothing behind the metadata is read", "[codec]") {
  CHECK(
      PeekWatchHead(R"({"type":"ADDED","object":{"metadata":{"name":"a","resourceVersion":"1"},,,)")
          .has_value());
}

TEST_CASE("a line that is laid out in another way has no head", "[codec]") {
  for (const char* line : {"",
                           "null",
                           "{}",
                           "[]",
                           R"({"object":{"metadata":{"name":"a","resourceVersion":"1"}}})",
                           R"({"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"1"}}})",
                           R"({"type":"ADDED","object":{"metadata":{"name":"a"}}})",
                           R"({"type":"ADDED","object":{"spec":{"metadata":{"name":"a",)"
                           R"("resourceVersion":"1"}}}})",
                           R"({"type":"ADDED","object":[{"metadata":{"name":"a",)"
                           R"("resourceVersion":"1"}}]})",
                           R"({"type":"ADDED","object":{"metadata":{"name":"a","x":)"}) {
    INFO(line);
    CHECK_FALSE(PeekWatchHead(line).has_value());
  }
}

}  // namespace
}  // namespace cu::codec
