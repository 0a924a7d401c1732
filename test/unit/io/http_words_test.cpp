#include "io/http_words.hpp"

#include <catch2/catch.hpp>

using namespace cu;
using namespace std::chrono_literals;

TEST_CASE("Retry-After is read as a number of seconds or as a date", "[io]") {
  const base::WallTime now = std::chrono::sys_days(2026y / 10 / 21) + 7h + 27min + 30s;
  CHECK(io::RetryAfter("0", now) == 0s);
  CHECK(io::RetryAfter("10", now) == 10s);
  CHECK(io::RetryAfter("86400", now) == 86400s);
  CHECK(io::RetryAfter("99999999999999999999", now) == 999999999s);
  CHECK(io::RetryAfter("Wed, 21 Oct 2026 07:28:00 GMT", now) == 30s);
  CHECK(io::RetryAfter("Wed, 21 Oct 2026 07:28:00 GMT", now - 500ms) == 31s);
  CHECK(io::RetryAfter("Wed, 21 Oct 2026 07:27:00 GMT", now) == 0s);
  for (const char* value : {"", "-1", "1.5", "10 s", "Wed, 21 Oct 2026", "soon"}) {
    CHECK(io::RetryAfter(value, now) == std::nullopt);
  }
}

TEST_CASE("a Date is read, and nothing else", "[io]") {
  CHECK(io::Date("Wed, 21 Oct 2026 07:28:00 GMT") ==
        base::WallTime(std::chrono::sys_days(2026y / 10 / 21) + 7h + 28min));
  for (const char* value : {"", "10", "Wed, 21 Oct 2026 07:28:00 UTC", "soon"}) {
    CHECK(io::Date(value) == std::nullopt);
  }
}

TEST_CASE("each kind of patch has its media type", "[io]") {
  CHECK(std::string(io::ContentType(port::Method::kApply)) == "application/apply-patch+yaml");
  CHECK(std::string(io::ContentType(port::Method::kJsonPatch)) == "application/json-patch+json");
  CHECK(std::string(io::ContentType(port::Method::kMergePatch)) == "application/merge-patch+json");
  CHECK(std::string(io::ContentType(port::Method::kPost)) == "application/json");
}
