#include "planner/target/scope.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/planner/scene.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

Scope ScopeOf(const Scene& scene) {
  return *scene.MakeWorld().scope;
}

std::vector<std::string> Order(const Scene& scene) {
  std::vector<std::string> names;
  const Scope scope = ScopeOf(scene);
  for (const ScopedNode& scoped : scope.nodes()) {
    names.push_back(scoped.node->meta.name);
  }
  return names;
}

std::string WhySkipped(const UpgradeBuilder& upgrade, const api::Node& node) {
  Scene scene(upgrade);
  scene.Add(node);
  const Scope scope = ScopeOf(scene);
  const auto& skip = scope.Find(node.meta.name)->skip;
  return skip ? skip->text : "";
}

}  // namespace

TEST_CASE("work goes etcd, control plane, then pools as listed, by natural order", "[planner]") {
  Scene scene(UpgradeBuilder().Pool("gpu", "gpu", {1, false}).Pool("rest", "", {1, false}));
  scene.self.node = "worker-2";
  scene.Add(Worker("worker-10"))
      .Add(Worker("worker-2"))
      .Add(Worker("worker-9"))
      .Add(Worker("zz-gpu").Label("pool", "gpu"))
      .Add(ControlPlaneNode("master-2"))
      .Add(ControlPlaneNode("master-10"))
      .Add(Worker("z-etcd").Label(api::kEtcdLabel));
  CHECK(Order(scene) ==
        Lines{"z-etcd", "master-2", "master-10", "zz-gpu", "worker-9", "worker-10", "worker-2"});
}

TEST_CASE("our own control-plane node is the last of the control plane", "[planner]") {
  Scene scene;
  scene.self.node = "master-1";
  scene.Add(ControlPlaneNode("master-1")).Add(ControlPlaneNode("master-2")).Add(Worker("worker-1"));
  CHECK(Order(scene) == Lines{"master-2", "master-1", "worker-1"});
}

TEST_CASE("a node belongs to the first pool that selects it", "[planner]") {
  Scene scene(UpgradeBuilder().Pool("a", "x", {1, false}).Pool("b", "x", {1, false}));
  scene.Add(Worker("worker-1").Label("pool", "x"));
  scene.Add(ControlPlaneNode("master-1").Label("pool", "x"));
  const Scope scope = ScopeOf(scene);
  CHECK(scope.Find("worker-1")->pool == "a");
  CHECK(scope.Find("master-1")->pool == kControlPlanePool);
  CHECK(scope.Find("nobody") == nullptr);
}

TEST_CASE("nodes that are left alone say why", "[planner]") {
  const UpgradeBuilder plain;
  CHECK(WhySkipped(plain, Worker("w")).empty());
  CHECK(WhySkipped(plain, Worker("w").Cordoned()).empty());
  CHECK(WhySkipped(plain, Worker("w").Label(api::kExclude, "true")) ==
        "label clusterupgrade.io/exclude=true");
  CHECK(WhySkipped(plain, Worker("w").Label(api::kExclude, "false")).empty());
  CHECK(WhySkipped(plain, Worker("w").Label("type", "virtual-kubelet")) ==
        "virtual node (type=virtual-kubelet)");
  CHECK(WhySkipped(plain, Worker("w").Label("eks.amazonaws.com/compute-type", "fargate")) ==
        "Fargate node");
  CHECK(WhySkipped(plain, Worker("w").BeingDeleted()) == "being deleted");
  for (const char* taint : {"ToBeDeletedByClusterAutoscaler",
                            "karpenter.sh/disrupted",
                            "node.cloudprovider.kubernetes.io/uninitialized"}) {
    CHECK(WhySkipped(plain, Worker("w").Taint(taint)) == std::string("taint ") + taint);
  }
  CHECK(WhySkipped(plain, Worker("w").Taint("node.kubernetes.io/unschedulable")).empty());
  CHECK(WhySkipped(plain, Worker("w").At("unknown")) ==
        "kubelet version \"unknown\" cannot be read");
  CHECK(WhySkipped(UpgradeBuilder().Pool("gpu", "gpu", {1, false}), Worker("w")) ==
        "no pool selects it");
}

TEST_CASE("a worker newer than the target by a patch is left alone", "[planner]") {
  CHECK(WhySkipped(UpgradeBuilder(), Worker("w").At("v1.36.4")) == "NewerThanTarget: at v1.36.4");
  CHECK(WhySkipped(UpgradeBuilder(), Worker("w").At("v1.36.3+k3s1")).empty());
}

TEST_CASE("a refresh of a few nodes is what a new scope says", "[planner]") {
  Scene scene(UpgradeBuilder().Pool("a", "x", {1, false}).Pool("b", "", {1, false}));
  for (int i = 0; i < 20; ++i) {
    scene.Add(Worker("w-" + std::to_string(i)));
  }
  const ScopeInput input{&scene.spec(), MarkOf(scene.upgrade().meta), ""};
  Scope scope(input, scene.nodes);
  const auto refreshed = [&](const std::vector<std::string>& names) {
    if (!scope.Refresh(input, scene.nodes, names)) {
      return false;
    }
    const Scope anew(input, scene.nodes);
    REQUIRE(anew.nodes().size() == scope.nodes().size());
    for (std::size_t i = 0; i < anew.nodes().size(); ++i) {
      CHECK(anew.nodes()[i].node == scope.nodes()[i].node);
      CHECK(anew.nodes()[i].at_target == scope.nodes()[i].at_target);
      CHECK(anew.nodes()[i].marked == scope.nodes()[i].marked);
      CHECK(anew.nodes()[i].skip.has_value() == scope.nodes()[i].skip.has_value());
    }
    return true;
  };
  scene.node("w-3").kubelet_version = kNew;
  scene.Add(Worker("w-4").CordonedByUs());
  scene.node("w-5").meta.labels[std::string(api::kExclude)] = "true";
  CHECK(refreshed({"w-3", "w-4", "w-5"}));
  CHECK(scope.Find("w-3")->at_target);

  SECTION("a node that changes its place asks for a new one") {
    scene.node("w-6").meta.labels["pool"] = "x";
    CHECK_FALSE(refreshed({"w-6"}));
  }
  SECTION("so does a node that has come") {
    scene.Add(Worker("w-20"));
    CHECK_FALSE(refreshed({"w-20"}));
  }
  SECTION("or gone") {
    scene.nodes.erase("w-7");
    CHECK_FALSE(refreshed({"w-7"}));
  }
}
