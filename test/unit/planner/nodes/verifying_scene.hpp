#pragma once
#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/instant_cluster.hpp"

/// A node that is being verified.
namespace cu::planner {

/// One worker whose Job has ended well; its kubelet still reports the old version.
inline Scene Verifying(const UpgradeBuilder& upgrade = UpgradeBuilder().ByJob()) {
  Scene scene(upgrade);
  scene.server_version = kNew;
  scene.Add(Worker("w"));
  scene.Add("w", PodBuilder("net-1").OwnedBy("DaemonSet", "net"));
  InstantCluster cluster(scene);
  cluster.RunTo("w", "Upgrading");
  cluster.Run();
  cluster.CompleteJob(scene.Entry("w")->job_name);
  cluster.Run();
  REQUIRE(scene.StepOf("w") == "Verifying");
  return scene;
}

inline UpgradeBuilder WithVerify(void (*change)(api::VerifySpec&)) {
  return UpgradeBuilder().ByJob().With(
      [change](api::ClusterUpgrade& upgrade) { change(upgrade.spec.verify); });
}

inline std::string Message(Scene& scene) {
  scene.Settle();
  return scene.Entry("w") == nullptr ? "" : scene.Entry("w")->message;
}

/// Whether the node passes after `seconds` more.
inline bool PassesAfter(Scene& scene, int seconds) {
  scene.Pass(seconds);
  for (auto& [name, lease] : scene.leases["w"]) {
    lease.renew_time += "+";
  }
  if (scene.leases["w"].empty()) {
    scene.leases.erase("w");
  }
  InstantCluster(scene).Run();
  return scene.InWork().empty() && scene.status().failures.empty();
}

}  // namespace cu::planner
