#include <string>

#include <catch2/catch.hpp>

#include "planner/pods/kept_pods.hpp"
#include "planner/pods/saved_pods.hpp"
#include "unit/planner/instant_cluster.hpp"
#include "unit/planner/snapshot.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

/// A PodTemplate keeps team-a/db, which is gone from node "w".
Scene WithTemplate() {
  Scene scene;
  scene.spec().drain.unmanaged_pods = api::UnmanagedPods::kRecreate;
  scene.Add(Worker("w"));
  scene.status().saved_pods = 1;
  scene.open = {{WatchKind::kSavedPods, ""}, {WatchKind::kRecreatedPods, ""}};
  scene.WatchAllPods();
  InstantCluster(scene).CarryOut(
      SaveOf(scene.upgrade().meta, PodBuilder("db").Unmanaged().On("w"), "{}"));
  scene.status().saved_digests = {{"db-uid", scene.saved_pods.begin()->second.digest}};
  return scene;
}

Lines Wanted(const Scene& scene) {
  const Snapshot seen(scene);
  SavedPodsMemory memory;
  memory.begun = true;
  return Describe(CareForSavedPods(seen.planning(), memory).add.actions);
}

}  // namespace

TEST_CASE("a saved pod is created again once it is known to be gone from its node", "[planner]") {
  Scene scene = WithTemplate();
  CHECK(Wanted(scene) == Lines{"RecreatePod team-a/db"});
  SECTION("another pod of its name is not the one that was saved") {
    scene.Add("w", PodBuilder("db").Unmanaged());
    CHECK(Wanted(scene).empty());
    scene.pods["w"].at("team-a/db").meta.uid = "another";
    CHECK(Wanted(scene) == Lines{"RecreatePod team-a/db"});
  }
  SECTION("not while its node's pods are not known") {
    scene.open.erase({WatchKind::kPodsOnNode, "w"});
    CHECK(Wanted(scene).empty());
  }
  SECTION("not while pods that were created again are not known") {
    scene.open.erase({WatchKind::kRecreatedPods, ""});
    CHECK(Wanted(scene).empty());
  }
}
