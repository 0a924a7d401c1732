#include "io/http_words.hpp"

#include <catch2/catch.hpp>

using namespace cu;
using namespace std::chrono_literals;

TEST_CASE("Retry-After is read where it is a number of seconds", "[io]") {
  CHECK(io::RetryAfter("0") == 0s);
  CHECK(io::RetryAfter("10") == 10s);
  CHECK(io::RetryAfter("999999") == 999999s);
  for (const char* value : {"", "-1", "1.5", " 1", "1000000", "Wed, 21 Oct 2026 07:28:00 GMT"}) {
    CHECK(io::RetryAfter(value) == std::nullopt);
  }
}

TEST_CASE("each kind of patch has its media type", "[io]") {
  CHECK(std::string(io::ContentType(port::Method::kApply)) == "application/apply-patch+yaml");
  CHECK(std::string(io::ContentType(port::Method::kJsonPatch)) == "application/json-patch+json");
  CHECK(std::string(io::ContentType(port::Method::kMergePatch)) == "application/merge-patch+json");
  CHECK(std::string(io::ContentType(port::Method::kPost)) == "application/json");
}
