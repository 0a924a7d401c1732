#include "codec/encode/upgrade_patch.hpp"

#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "base/time.hpp"
#include "codec/decode.hpp"
#include "unit/codec/testdata.hpp"

using namespace cu;
using base::ParseTime;
using nlohmann::json;

namespace {

api::ClusterUpgradeStatus DecodeStatus(const std::string& status) {
  const auto upgrade = codec::Decode<api::ClusterUpgrade>(
      R"({"metadata":{"name":"production"},"status":)" + status + "}");
  REQUIRE(upgrade.ok());
  return upgrade->status;
}

api::ClusterUpgradeStatus WholeStatus() {
  return DecodeStatus(json::parse(Testdata("cluster_upgrade.json"))["status"].dump());
}

/// As it is written.
std::string TextOf(const api::ClusterUpgradeStatus& status) {
  return json::parse(codec::StatusPatch("1", status))[1]["value"].dump();
}

}  // namespace

TEST_CASE("a status with every field is written with the names it was read with", "[codec]") {
  const json written = json::parse(Testdata("cluster_upgrade.json"))["status"];
  const std::string text = TextOf(WholeStatus());
  CHECK(json::parse(text) == written);
  CHECK(text == written.dump());
}

TEST_CASE("what an empty status does not know is left out", "[codec]") {
  CHECK(TextOf({}) ==
        R"({"nodes":{"failed":0,"pending":0,"postponed":0,"skipped":0,"total":0,"upgraded":0,)"
        R"("upgrading":0},"observedGeneration":-1})");
  CHECK(DecodeStatus(TextOf({})) == api::ClusterUpgradeStatus{});
}

TEST_CASE("a status that was written and read is written the same", "[codec]") {
  api::ClusterUpgradeStatus status = WholeStatus();
  status.start_time = base::WallTime{std::chrono::microseconds{1'795'371'785'999'999}};
  status.in_progress[0].cordon_time = base::WallTime{std::chrono::microseconds{-1}};
  status.in_progress[0].message = "not UTF-8: \xff\xc3(, NUL: " + std::string(1, '\0');
  status.in_progress.push_back({});
  status.in_progress.push_back({});
  status.in_progress[2].job_uid = "only the UID";
  status.in_progress[2].total = 3;
  status.in_progress[2].blocked_by.push_back({});
  status.conditions.push_back({});
  status.postponed.push_back({});
  status.failures.push_back({});
  status.hops.push_back({});
  status.history.push_back({});
  status.warnings.emplace_back();
  status.epoch = -5;
  const std::string once = TextOf(status);
  CHECK(TextOf(DecodeStatus(once)) == once);
}

TEST_CASE("a status patch is a compare-and-swap of the whole status", "[codec]") {
  api::ClusterUpgradeStatus status;
  status.epoch = 3;
  const json patch = json::parse(codec::StatusPatch("1001", status));
  REQUIRE(patch.size() == 2);
  CHECK(patch[0] ==
        json{{"op", "replace"}, {"path", "/metadata/resourceVersion"}, {"value", "1001"}});
  CHECK(patch[1]["op"] == "add");
  CHECK(patch[1]["path"] == "/status");
  CHECK(patch[1]["value"]["epoch"] == 3);
}

TEST_CASE("a finalizers patch is a compare-and-swap of all finalizers", "[codec]") {
  CHECK(codec::FinalizersPatch("5", {"a", "b"}) ==
        R"([{"op":"replace","path":"/metadata/resourceVersion","value":"5"},)"
        R"({"op":"add","path":"/metadata/finalizers","value":["a","b"]}])");
  CHECK(codec::FinalizersPatch("5", {}) ==
        R"([{"op":"replace","path":"/metadata/resourceVersion","value":"5"},)"
        R"({"op":"add","path":"/metadata/finalizers","value":[]}])");
}
