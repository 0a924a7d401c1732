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
  CHECK(WhySkipped(plain, Worker("w").At("unknown")) == "kubelet version \"unknown\" is not valid");
  CHECK(WhySkipped(UpgradeBuilder().Pool("gpu", "gpu", {1, false}), Worker("w")) ==
        "no pool selects it");
}

TEST_CASE("a worker newer than the target by a patch is left alone", "[planner]") {
  CHECK(WhySkipped(UpgradeBuilder(), Worker("w").At("v1.36.4")) ==
        "at v1.36.4, newer than v1.36.3");
  CHECK(WhySkipped(UpgradeBuilder(), Worker("w").At("v1.36.3+k3s1")).empty());
}
