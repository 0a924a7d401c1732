#include "codec/encode/delete_body.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace cu;
using nlohmann::json;

TEST_CASE("a delete holds for one UID", "[codec]") {
  CHECK(codec::DeleteBody("u1", "") ==
        R"({"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"uid":"u1"}})");
  CHECK(json::parse(codec::DeleteBody("u1", "Background"))["propagationPolicy"] == "Background");
}
