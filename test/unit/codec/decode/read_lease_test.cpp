#include "codec/decode/read_lease.hpp"

#include <catch2/catch.hpp>

#include "codec/decode.hpp"
#include "unit/codec/testdata.hpp"

using namespace cu;
using codec::Decode;

TEST_CASE("a Lease keeps its renewal as it was written", "[codec]") {
  const auto lease = Decode<api::Lease>(Testdata("lease.json"));
  REQUIRE(lease.ok());
  CHECK(lease->holder == "controller-5c7d_9f3b");
  CHECK(lease->renew_time == "2026-11-22T18:20:00.123456Z");
  CHECK(lease->transitions == 4);
}
