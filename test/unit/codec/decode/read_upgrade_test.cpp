#include "codec/decode/read_upgrade.hpp"

#include <catch2/catch.hpp>

#include "codec/decode.hpp"
#include "unit/codec/testdata.hpp"

using namespace cu;

TEST_CASE("of a ClusterUpgrade's annotations only the one that asks for a retry is kept",
          "[codec]") {
  const auto upgrade = codec::Decode<api::ClusterUpgrade>(
      R"({"metadata":{"name":"production","annotations":
          {"clusterupgrade.io/retry":"1","kubectl.kubernetes.io/last-applied-configuration":"x"}},
          "spec":{"version":"v1.36.3"}})");
  REQUIRE(upgrade.ok());
  CHECK(upgrade->meta.annotations == api::StringMap{{"clusterupgrade.io/retry", "1"}});
}

TEST_CASE("a ClusterUpgrade has its spec and its status", "[codec]") {
  const auto upgrade = codec::Decode<api::ClusterUpgrade>(Testdata("cluster_upgrade.json"));
  REQUIRE(upgrade.ok());
  CHECK_FALSE(upgrade->spec.version.empty());
  CHECK_FALSE(upgrade->status.in_progress.empty());
}

TEST_CASE("a long value of the retry annotation is cut: it goes into the status", "[codec]") {
  const auto upgrade = codec::Decode<api::ClusterUpgrade>(
      R"({"metadata":{"name":"production","annotations":{"clusterupgrade.io/retry":")" +
      std::string(100'000, 'r') + R"("}},"spec":{"version":"v1.36.3"}})");
  REQUIRE(upgrade.ok());
  CHECK(upgrade->meta.annotations.at("clusterupgrade.io/retry") == std::string(256, 'r'));
}
