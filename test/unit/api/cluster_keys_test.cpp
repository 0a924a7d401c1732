#include "api/cluster_keys.hpp"

#include <catch2/catch.hpp>

using namespace cu::api;

TEST_CASE("a short kid is written as it is, a long one as its digest", "[api]") {
  CHECK(SignerName("a") == "a");
  CHECK(SignerName(std::string(64, 'k')) == std::string(64, 'k'));
  const std::string name = SignerName(std::string(1'024, 'k'));
  CHECK(name.size() == 64);
  CHECK(name != SignerName(std::string(1'023, 'k')));
}
