#include "planner/target/node_kind.hpp"

#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/planner/builders.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("a virtual node is known by its labels, its taints or its version", "[planner]") {
  const std::vector<std::pair<api::Node, std::string>> cases = {
      {Worker("w"), ""},
      {Worker("aks").Label("kubernetes.io/role", "agent"), ""},
      {Worker("kwok").Label("type", "kwok"), ""},
      {Worker("aci").Label("type", "virtual-kubelet"), "label type=virtual-kubelet"},
      {Worker("aci").Taint("virtual-kubelet.io/provider"), "taint virtual-kubelet.io/provider"},
      {Worker("admiralty").Label("virtual-kubelet.io/provider", "admiralty"),
       "label virtual-kubelet.io/provider"},
      {Worker("liqo").Label("liqo.io/type", "virtual-node"), "label liqo.io/type=virtual-node"},
      {Worker("liqo").Taint("virtual-node.liqo.io/not-allowed"),
       "taint virtual-node.liqo.io/not-allowed"},
      {Worker("interlink").Taint("virtual-node.interlink/no-schedule"),
       "taint virtual-node.interlink/no-schedule"},
      {Worker("aci").At("v1.19.10-vk-azure-aci-1.4.16"), "version v1.19.10-vk-azure-aci-1.4.16"},
      {Worker("edge").At("v1.22.6-kubeedge-v1.15.0"), "version v1.22.6-kubeedge-v1.15.0"},
  };
  for (const auto& [node, mark] : cases) {
    CAPTURE(node.meta.name);
    CHECK(VirtualMarkOf(node) == mark);
  }
}

TEST_CASE("the operating system is that of the label, else of the kubelet", "[planner]") {
  api::Node node = Worker("w");
  CHECK(SystemOf(node) == "linux");
  node.os = "windows";
  CHECK(SystemOf(node) == "windows");
  node.meta.labels["beta.kubernetes.io/os"] = "freebsd";
  CHECK(SystemOf(node) == "freebsd");
  node.meta.labels["kubernetes.io/os"] = "linux";
  CHECK(SystemOf(node) == "linux");
}
