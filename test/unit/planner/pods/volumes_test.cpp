#include "planner/pods/volumes.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/planner/instant_cluster.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

Scene OneWorker() {
  Scene scene;
  scene.server_version = kNew;
  scene.Add(Worker("w"));
  return scene;
}

api::Pod WithClaims(const std::string& name, const Lines& claims) {
  api::Pod pod = PodBuilder(name).OwnedBy("CloneSet", "db");
  pod.claims = claims;
  return pod;
}

void Bind(Scene& scene, const std::string& volume, const std::string& claim) {
  scene.volumes[volume].meta.name = volume;
  scene.volumes[volume].claim = claim;
}

void Attach(Scene& scene, const std::string& volume) {
  api::VolumeAttachment attachment;
  attachment.meta.name = "csi-" + volume;
  attachment.node = "w";
  attachment.volume = volume;
  scene.attachments[attachment.meta.name] = attachment;
}

/// Of a DaemonSet: it stays.
api::Pod Local(const Lines& claims) {
  api::Pod pod = WithClaims("local", claims);
  pod.meta.controller = api::Owner{"DaemonSet", "local", "local-uid"};
  return pod;
}

bool WatchesVolumes(const Scene& scene) {
  return scene.open.contains({WatchKind::kVolumeAttachments, ""});
}

/// One worker whose database pod is gone, its two volumes still attached.
Scene Detaching() {
  Scene scene = OneWorker();
  scene.Add("w", WithClaims("db-0", {"data", "log"}));
  Attach(scene, "pv-1");
  Attach(scene, "pv-2");
  Bind(scene, "pv-1", "team-a/data");
  Bind(scene, "pv-2", "team-a/log");
  InstantCluster(scene).RunTo("w", "Draining");
  scene.Settle();
  scene.pods["w"].clear();
  scene.Settle();
  return scene;
}

}  // namespace

TEST_CASE("the upgrade waits until the volumes of evicted pods are detached", "[planner]") {
  Scene scene = Detaching();
  CHECK(scene.StepOf("w") == "Draining");
  CHECK(scene.Entry("w")->claims == 2);
  CHECK(scene.Entry("w")->drained == After(0));
  CHECK(scene.BlockedBy("w") == Lines{"VolumeAttachment csi-pv-1 VolumeAttached",
                                      "VolumeAttachment csi-pv-2 VolumeAttached"});
  CHECK(scene.Entry("w")->message.find("volume pv-1 is still attached") != std::string::npos);

  SECTION("they are detached") {
    scene.attachments.erase("csi-pv-1");
    scene.Settle();
    CHECK(scene.StepOf("w") == "Draining");
    scene.attachments.clear();
    scene.Settle();
    CHECK(scene.StepOf("w") == "Upgrading");
    CHECK_FALSE(WatchesVolumes(scene));
    CHECK(scene.status().warnings.empty());
  }
  SECTION("they never are: it goes on and says so") {
    scene.Pass(299);
    scene.Settle();
    CHECK(scene.StepOf("w") == "Draining");
    scene.Pass(1);
    scene.Settle();
    CHECK(scene.StepOf("w") == "Upgrading");
    REQUIRE(scene.status().warnings.size() == 1);
    CHECK(scene.status().warnings[0].message.find("pv-1, pv-2") != std::string::npos);
  }
  SECTION("another process has not seen whose they were: none may stay but of pods that stay") {
    scene.memory = {};
    scene.Add("w", Local({"cache"}));
    Attach(scene, "pv-3");
    Bind(scene, "pv-3", "team-a/cache");
    scene.Settle();
    CHECK(scene.StepOf("w") == "Draining");
    scene.attachments.erase("csi-pv-1");
    scene.Settle();
    CHECK(scene.StepOf("w") == "Draining");
    scene.attachments.erase("csi-pv-2");
    scene.Settle();
    CHECK(scene.StepOf("w") == "Upgrading");
  }
  SECTION("a pod that lands meanwhile is evicted first, then the wait starts anew") {
    scene.Pass(200);
    scene.Add("w", PodBuilder("late"));
    CHECK(scene.Actions() == Lines{"Evict team-a/late"});
    CHECK_FALSE(scene.Entry("w")->drained);
    scene.pods["w"].clear();
    scene.Settle();
    CHECK(scene.Entry("w")->drained == After(200));
  }
  SECTION("a timeout of 0 asks for no wait") {
    scene.spec().drain.volume_detach_timeout_seconds = 0;
    scene.Settle();
    CHECK(scene.StepOf("w") == "Upgrading");
  }
}

TEST_CASE("a volume counts while it is being looked up, whatever pods that stay will mount",
          "[planner]") {
  Scene scene = OneWorker();
  scene.Add("w", WithClaims("db-0", {"data"}));
  Attach(scene, "pv-1");
  Bind(scene, "pv-1", "team-a/data");
  InstantCluster(scene).RunTo("w", "Draining");
  scene.Settle();
  scene.pods["w"].clear();
  scene.Add("w", Local({"cache"}));
  scene.Settle();
  CHECK(scene.StepOf("w") == "Draining");
  scene.attachments.clear();
  scene.Settle();
  CHECK(scene.StepOf("w") == "Upgrading");
}

TEST_CASE("volumes of other nodes are none of its business", "[planner]") {
  Scene scene = Detaching();
  for (auto& [name, attachment] : scene.attachments) {
    attachment.node = "another";
  }
  scene.Settle();
  CHECK(scene.StepOf("w") == "Upgrading");
}

TEST_CASE("claims are told apart by namespace, and counted once however many pods mount them",
          "[planner]") {
  const api::Pod one = WithClaims("db-0", {"data", "shared"});
  const api::Pod two = WithClaims("db-1", {"shared"});
  api::Pod elsewhere = WithClaims("db-0", {"data"});
  elsewhere.meta.ns = "team-b";
  PodPlan a;
  a.pod = &one;
  PodPlan b;
  b.pod = &two;
  PodPlan c;
  c.pod = &elsewhere;
  api::NodeInWork entry;
  NodeMemory memory;
  NoteClaims({}, entry, memory);
  CHECK(entry.claims == 0);
  NoteClaims({&a, &b}, entry, memory);
  CHECK(entry.claims == 2);
  NoteClaims({&c}, entry, memory);
  CHECK(entry.claims == 3);
}

TEST_CASE("only volumes of pods that left are waited for", "[planner]") {
  Scene scene = Detaching();
  Attach(scene, "pv-old");
  Bind(scene, "pv-old", "team-a/old");
  scene.Settle();
  CHECK(scene.BlockedBy("w") == Lines{"VolumeAttachment csi-pv-1 VolumeAttached",
                                      "VolumeAttachment csi-pv-2 VolumeAttached"});
  CHECK_FALSE(scene.open.contains({WatchKind::kVolume, "pv-old"}));

  SECTION("one that is left over is not") {
    scene.attachments.erase("csi-pv-1");
    scene.attachments.erase("csi-pv-2");
    scene.Settle();
    CHECK(scene.StepOf("w") == "Upgrading");
    CHECK(scene.status().warnings.empty());
  }
  SECTION("nor one that a pod which stays mounts as well") {
    scene.Add("w", Local({"data"}));
    scene.attachments.erase("csi-pv-2");
    scene.Settle();
    CHECK(scene.StepOf("w") == "Upgrading");
  }
  SECTION("another process has not seen who left: it counts them") {
    scene.memory = {};
    scene.attachments.erase("csi-pv-1");
    scene.attachments.erase("csi-pv-2");
    scene.Settle();
    CHECK(scene.StepOf("w") == "Draining");
  }
}

TEST_CASE("without claims nobody looks at volumes", "[planner]") {
  Scene scene = OneWorker();
  scene.Add("w", PodBuilder("web"));
  Attach(scene, "pv-1");
  InstantCluster(scene).RunTo("w", "Draining");
  scene.Settle();
  CHECK_FALSE(WatchesVolumes(scene));
  scene.pods["w"].clear();
  scene.Settle();
  CHECK(scene.StepOf("w") == "Upgrading");
  CHECK_FALSE(scene.Entry("w")->drained);
}
