#include <string>

#include <catch2/catch.hpp>

#include "planner/pods/saved_pods.hpp"
#include "unit/planner/flaky_cluster.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

FlakyCluster OneWorker() {
  FlakyCluster cluster({"w"});
  cluster.Add("w", PodBuilder("db").Unmanaged());
  return cluster;
}

/// The worker's step is Draining and its pod is saved, but the server lets nobody be evicted.
FlakyCluster HeldUp() {
  FlakyCluster cluster = OneWorker();
  cluster.refusals[ActionKind::kEvict] = Outcome::kNoBudget;
  REQUIRE(cluster.RunUntil([&] { return cluster.IsSaved("team-a/db"); }));
  return cluster;
}

}  // namespace

TEST_CASE("no pod is created from a PodTemplate that the controller has not saved", "[planner]") {
  FlakyCluster cluster = OneWorker();
  api::SavedPod forged;
  forged.meta.ns = "tenant";
  forged.meta.name = "cu-root-0123456789ab";
  forged.meta.uid = "forged-uid";
  forged.meta.labels[std::string(api::kSavedPod)] = "true";
  forged.meta.annotations = {{std::string(api::kJobUpgradeUid), cluster.scene.upgrade().meta.uid},
                             {std::string(api::kSavedPodName), "root"},
                             {std::string(api::kSavedPodUid), "nobody"},
                             {std::string(api::kSavedPodNode), "w"}};
  forged.manifest = R"({"spec":{"serviceAccountName":"admin"}})";
  forged.digest = "of the forger";
  cluster.scene.saved_pods[forged.meta.Key()] = forged;
  REQUIRE(cluster.RunUntil([&] { return cluster.Ready(); }));
  CHECK(cluster.creations == 1);  // of the pod that was saved
  CHECK(cluster.scene.saved_pods.size() == 1);
  CHECK(cluster.scene.status().saved_digests.empty());
  int told = 0;
  for (const std::string& warning : cluster.scene.WarningLines()) {
    told += warning.find("PodTemplate tenant/cu-root-0123456789ab") != std::string::npos ? 1 : 0;
  }
  CHECK(told == 1);
}

TEST_CASE("a pod whose PodTemplate somebody has changed is not evicted, one that is gone not made",
          "[planner]") {
  FlakyCluster cluster = HeldUp();
  cluster.scene.saved_pods.begin()->second.digest = "changed";
  SECTION("not evicted") {
    cluster.refusals.clear();
    CHECK_FALSE(cluster.RunUntil([&] { return cluster.evictions > 0; }));
  }
  SECTION("not created") {
    cluster.pods.clear();
    CHECK_FALSE(cluster.RunUntil([&] { return cluster.creations > 0; }));
  }
  CHECK(cluster.scene.saved_pods.size() == 1);
}

TEST_CASE("the digest of a pod is durable before its PodTemplate, and of each text of it",
          "[planner]") {
  FlakyCluster cluster = OneWorker();
  cluster.refusals[ActionKind::kSavePodTemplate] = Outcome::kUnknown;
  REQUIRE(cluster.RunUntil([&] { return !cluster.scene.status().saved_digests.empty(); }));
  CHECK(cluster.scene.saved_pods.empty());
  const std::size_t known = cluster.scene.status().saved_digests.size();
  CHECK(known == 1);
  CHECK(cluster.scene.status().saved_digests[0].uid == "db-uid");
}
