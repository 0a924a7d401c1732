#include "planner/target/scoped_node.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/scene.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

std::string WhySkipped(const UpgradeBuilder& upgrade, const api::Node& node) {
  Scene scene(upgrade);
  scene.Add(node);
  const Scope scope = *scene.MakeWorld().scope;
  const auto& skip = scope.Find(node.meta.name)->skip;
  return skip ? skip->text : "";
}

}  // namespace

TEST_CASE("nodes that are left alone say why", "[planner]") {
  const UpgradeBuilder plain;
  CHECK(WhySkipped(plain, Worker("w")).empty());
  CHECK(WhySkipped(plain, Worker("w").Cordoned()).empty());
  CHECK(WhySkipped(plain, Worker("w").Label(api::kExclude, "true")) ==
        "label clusterupgrade.io/exclude=true");
  CHECK(WhySkipped(plain, Worker("w").Label(api::kExclude, "false")).empty());
  CHECK(WhySkipped(plain, Worker("w").Label("type", "virtual-kubelet")) ==
        "virtual node, label type=virtual-kubelet");
  CHECK(WhySkipped(plain, Worker("w").Label("eks.amazonaws.com/compute-type", "fargate")) ==
        "Fargate node");
  CHECK(WhySkipped(plain, Worker("w").BeingDeleted()) == "being deleted");
  for (const char* taint : {"ToBeDeletedByClusterAutoscaler",
                            "karpenter.sh/disrupted",
                            "node.cloudprovider.kubernetes.io/uninitialized"}) {
    CHECK(WhySkipped(plain, Worker("w").Taint(taint)) == std::string("taint ") + taint);
  }
  CHECK(WhySkipped(plain, Worker("w").Taint("node.kubernetes.io/unschedulable")).empty());
  CHECK(WhySkipped(plain, Worker("w").At("unknown")) == "kubelet version \"unknown\" is not valid");
  CHECK(WhySkipped(UpgradeBuilder().Pool("gpu", "gpu", {1, false}), Worker("w")) ==
        "no pool selects it");
}

TEST_CASE("a worker newer than the target by a patch is left alone", "[planner]") {
  CHECK(WhySkipped(UpgradeBuilder(), Worker("w").At("v1.36.4")) ==
        "at v1.36.4, newer than v1.36.3");
  CHECK(WhySkipped(UpgradeBuilder(), Worker("w").At("v1.36.3+k3s1")).empty());
}

TEST_CASE("a node that does not run linux is left alone unless a pool of External names it",
          "[planner]") {
  const auto windows = [](const char* name) {
    return Worker(name).Label("kubernetes.io/os", "windows").Label("pool", "win");
  };
  CHECK(WhySkipped(UpgradeBuilder().ByJob(), windows("w")) ==
        "runs windows, and Jobs run on linux");
  CHECK(WhySkipped(UpgradeBuilder().ByJob().Pool("win", "win", {1, false}), windows("w")) ==
        "runs windows, and Jobs run on linux");
  CHECK(WhySkipped(UpgradeBuilder(), windows("w")) ==
        "runs windows, and no pool with a nodeSelector selects it");
  CHECK(WhySkipped(UpgradeBuilder().Pool("all", "", {1, false}), windows("w")) ==
        "runs windows, and no pool with a nodeSelector selects it");
  CHECK(WhySkipped(UpgradeBuilder().Pool("win", "win", {1, false}), windows("w")).empty());
}

TEST_CASE("a virtual node is never part of the control plane", "[planner]") {
  Scene scene;
  scene.Add(ControlPlaneNode("m").Label("type", "virtual-kubelet"));
  CHECK_FALSE(scene.MakeWorld().scope->Find("m")->control_plane);
}

TEST_CASE("the control plane is known by the labels of several distributions", "[planner]") {
  const auto is_control_plane = [](const api::Node& node) {
    Scene scene;
    scene.Add(node);
    const Scope scope = *scene.MakeWorld().scope;
    return scope.Find("m")->control_plane && scope.Find("m")->api_server;
  };
  CHECK(is_control_plane(ControlPlaneNode("m")));
  CHECK(is_control_plane(Worker("m").Label("node-role.kubernetes.io/master", "true")));
  CHECK(is_control_plane(Worker("m").Label("node-role.kubernetes.io/controlplane", "true")));
  CHECK(is_control_plane(
      Worker("m").Label("node.kubernetes.io/microk8s-controlplane", "microk8s-controlplane")));
  CHECK(is_control_plane(Worker("m").Label("kubernetes.io/role", "master")));
  CHECK_FALSE(is_control_plane(Worker("m").Label("node-role.kubernetes.io/master", "false")));
  CHECK_FALSE(is_control_plane(Worker("m").Label("kubernetes.io/role", "agent")));
  CHECK_FALSE(is_control_plane(Worker("m").Label(api::kEtcdLabel, "true")));
  CHECK(is_control_plane(Worker("m")
                             .Label(api::kEtcdLabel, "true")
                             .Label("node-role.kubernetes.io/controlplane", "true")));
}
