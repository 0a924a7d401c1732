#include "codec/decode/read_node.hpp"

#include <vector>

#include <catch2/catch.hpp>

#include "base/time.hpp"
#include "codec/decode.hpp"
#include "unit/codec/testdata.hpp"

using namespace cu;
using base::ParseTime;
using codec::Decode;

TEST_CASE("a kubelet's Node gives what the controller reads", "[codec]") {
  const auto decoded = Decode<api::Node>(Testdata("node.json"));
  REQUIRE(decoded.ok());
  const api::Node& node = *decoded;
  CHECK(node.meta.name == "worker-2");
  CHECK(node.meta.ns.empty());
  CHECK(node.meta.uid == "7c1c1f0e-6d55-4ac4-9a40-0c3f3f6f6a10");
  CHECK(node.meta.resource_version == "918273");
  CHECK(node.meta.created == ParseTime("2025-01-15T08:00:00Z"));
  CHECK_FALSE(node.meta.deleted.has_value());
  CHECK(node.meta.labels.size() == 9);
  CHECK(node.meta.labels.at("images") == "none");
  CHECK(node.meta.annotations ==
        api::StringMap{{"cluster-autoscaler.kubernetes.io/scale-down-disabled", "true"},
                       {"clusterupgrade.io/cordoned-by", "production/5f0c"}});
  CHECK(node.unschedulable);
  CHECK(node.taints ==
        std::vector<api::Taint>{{"node.kubernetes.io/unschedulable", "", "NoSchedule"},
                                {"dedicated", "batch", "NoExecute"}});
  CHECK(node.ready);
  CHECK(node.ready_since == ParseTime("2026-11-22T17:59:59Z"));
  CHECK(node.kubelet_version == "v1.35.4");
  CHECK(node.boot_id == "0f4f7bb6-7b3c-4a4c-9b0f-55d7a8a0e0a1");
  CHECK(node.os == "linux");
}

TEST_CASE("a Node without status is not Ready and has no version", "[codec]") {
  const auto node = Decode<api::Node>(R"({"metadata":{"name":"a"}})");
  REQUIRE(node.ok());
  CHECK_FALSE(node->ready);
  CHECK_FALSE(node->unschedulable);
  CHECK(node->kubelet_version.empty());
}

TEST_CASE("a Node whose condition Ready is Unknown or False is not Ready", "[codec]") {
  for (const char* status : {"False", "Unknown"}) {
    const auto node = Decode<api::Node>(
        R"({"metadata":{"name":"a"},"status":{"conditions":[{"type":"Ready","status":")" +
        std::string(status) + R"("}]}})");
    REQUIRE(node.ok());
    CHECK_FALSE(node->ready);
  }
}

TEST_CASE("an absurd version or boot ID of a Node is cut", "[codec]") {
  const std::string absurd(100'000, '7');
  const auto node =
      Decode<api::Node>(R"({"metadata":{"name":"a"},"status":{"nodeInfo":{"kubeletVersion":")" +
                        absurd + R"(","bootID":")" + absurd + R"("}}})");
  REQUIRE(node.ok());
  CHECK(node->kubelet_version == absurd.substr(0, 128));
  CHECK(node->boot_id == absurd.substr(0, 128));
}
