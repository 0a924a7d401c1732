#include "planner/tokens/workload_view.hpp"

#include <catch2/catch.hpp>

#include "unit/planner/snapshot.hpp"
#include "unit/planner/tokens/refresh_scene.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

WorkloadView ViewOf(const Scene& scene, const api::Workload& workload) {
  const Snapshot seen(scene);
  const Planning planning(seen.world(), scene.upgrades.at(kUpgradeName).status, std::nullopt);
  Contribution add;
  return WorkloadViews(planning, *planning.status().token_refresh->change).Of(workload, add);
}

}  // namespace

TEST_CASE("a workload is known once its pods and what asks for them are", "[planner]") {
  Scene scene = SettledCluster();
  const api::Workload web{"shop", "ReplicaSet", "web"};
  PodIn(scene, "shop/web-2").ready = false;
  PodIn(scene, "shop/web-3").meta.deleted = After(0);
  const WorkloadView view = ViewOf(scene, web);
  CHECK(view.known);
  CHECK(view.live.size() == 2);
  CHECK(view.stale.size() == 2);
  CHECK(view.ready == 1);
  CHECK(view.asked == 3);
  scene.open.erase({WatchKind::kReplicaSet, "shop/web"});
  CHECK_FALSE(ViewOf(scene, web).known);
  scene.open.insert({WatchKind::kReplicaSet, "shop/web"});
  scene.open.erase({WatchKind::kSelectedPods, "shop/"});
  CHECK_FALSE(ViewOf(scene, web).known);
}

TEST_CASE("what is gone and what may not be read are told apart", "[planner]") {
  Scene scene = SettledCluster();
  scene.replica_sets.clear();
  const WorkloadView view = ViewOf(scene, {"shop", "ReplicaSet", "web"});
  CHECK(view.known);
  CHECK(view.gone);
  CHECK_FALSE(view.denied);
}

TEST_CASE("pods are watched by the selector of what asks for them", "[planner]") {
  Scene scene = SettledCluster();
  scene.replica_sets["shop/web"].selector = "app=web";
  PodIn(scene, "shop/web-2").meta.labels["app"] = "web";
  const Plan plan = scene.Settle();
  CHECK(plan.watches.contains({WatchKind::kSelectedPods, "shop/app=web"}));
  CHECK_FALSE(plan.watches.contains({WatchKind::kSelectedPods, "shop/"}));
  CHECK(ViewOf(scene, {"shop", "ReplicaSet", "web"}).live.size() == 1);
}

TEST_CASE("a wish may stand on the workload or on its pods", "[planner]") {
  Scene scene = SettledCluster();
  const api::Workload web{"shop", "ReplicaSet", "web"};
  CHECK(ViewOf(scene, web).wish.empty());
  PodIn(scene, "shop/web-2").meta.annotations["clusterupgrade.io/refresh"] = "Wait";
  CHECK(ViewOf(scene, web).wish == "Wait");
  scene.replica_sets["shop/web"].meta.annotations["clusterupgrade.io/refresh"] = "Skip";
  CHECK(ViewOf(scene, web).wish == "Skip");
}

TEST_CASE("of a workload of an unknown kind nobody says how many pods it asks for", "[planner]") {
  Scene scene = SettledCluster();
  const WorkloadView view = ViewOf(scene, {"shop", "CloneSet", "x"});
  CHECK(view.known);
  CHECK_FALSE(view.asked);
  CHECK(view.live.empty());
}
