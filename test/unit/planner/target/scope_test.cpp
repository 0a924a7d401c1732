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
  SECTION("a node that was replaced meanwhile is not looked at as it was") {
    scene.nodes.erase("w-7");
    scene.Add(Worker("w-7"));
    CHECK(refreshed({"w-8", "w-7"}));
  }
  SECTION("so does a kubelet that reports ever more versions") {
    for (int i = 0; i < 1'000; ++i) {
      scene.node("w-9").kubelet_version = "v1.35.0-" + std::to_string(i);
      if (!refreshed({"w-9"})) {
        return;
      }
    }
    FAIL("the scope grows without end");
  }
}

TEST_CASE("the views of a copy are its own", "[planner]") {
  Scene scene;
  scene.Add(Worker("w").At(kNew)).Add(Worker("x").Label(api::kExclude, "true"));
  const Scope copy = ScopeOf(scene);
  REQUIRE(copy.views().size() == copy.nodes().size());
  for (std::size_t i = 0; i < copy.views().size(); ++i) {
    const NodeView& view = copy.views()[i];
    CHECK(view.scoped == &copy.nodes()[i]);
    CHECK((view.skip != nullptr) == copy.nodes()[i].skip.has_value());
    CHECK(view.at_target == copy.nodes()[i].at_target);
    CHECK(copy.pools().at(view.pool) == copy.nodes()[i].pool);
    CHECK(copy.versions().at(view.version) == copy.nodes()[i].node->kubelet_version);
  }
}
