#pragma once
#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/instant_cluster.hpp"

/// Scenes of one worker "w" that is being upgraded.
namespace cu::planner {

/// Nothing has happened to it yet.
inline Scene OneWorker(const UpgradeBuilder& upgrade = UpgradeBuilder()) {
  Scene scene(upgrade);
  scene.server_version = kNew;
  scene.Add(Worker("w"));
  return scene;
}

/// With one pod, its cordon shown and its drain begun.
inline Scene Draining(const UpgradeBuilder& upgrade = UpgradeBuilder()) {
  Scene scene = OneWorker(upgrade);
  scene.Add("w", PodBuilder("web"));
  InstantCluster(scene).RunTo("w", "Draining");
  return scene;
}

/// Without pods, its step Upgrading, by Job or by somebody else.
inline Scene Upgrading(const UpgradeBuilder& upgrade) {
  Scene scene = OneWorker(upgrade);
  InstantCluster(scene).RunTo("w", "Upgrading");
  return scene;
}

/// The same with its Job at work.
inline Scene JobAtWork(const UpgradeBuilder& upgrade = UpgradeBuilder().ByJob()) {
  Scene scene = Upgrading(upgrade);
  InstantCluster(scene).Run();
  REQUIRE(scene.jobs.size() == 1);
  REQUIRE_FALSE(scene.Entry("w")->job_uid.empty());
  return scene;
}

/// Lets the first of the wanted actions happen and looks no further: the Job is there.
inline void ApplyFirst(Scene& scene) {
  InstantCluster(scene).Apply(scene.Settle().actions.at(0));
  REQUIRE_FALSE(scene.jobs.empty());
}

inline api::Job& JobOf(Scene& scene) {
  return scene.jobs.at(std::string(kJobNamespace) + "/" + scene.Entry("w")->job_name);
}

inline api::Pod& PodOf(Scene& scene) {
  return scene.pods["w"].at(std::string(kJobNamespace) + "/" + scene.Entry("w")->job_name + "-pod");
}

inline void FailJob(Scene& scene) {
  InstantCluster(scene).FailJob(scene.Entry("w")->job_name);
}

/// Its Job ends well, and its kubelet reports the version.
inline void CompleteJob(Scene& scene) {
  InstantCluster(scene).CompleteJob(scene.Entry("w")->job_name);
  scene.node("w").kubelet_version = scene.Entry("w")->version;
}

/// The kubelet cannot pull its image: no container starts.
inline void SpoilImage(Scene& scene) {
  PodOf(scene) = UpgradeJobPod(scene.Entry("w")->job_name)
                     .NeverStarted("ImagePullBackOff: no such image")
                     .On("w");
}

/// Its first Job exists, and no container of it starts.
inline Scene UnchangedByJob(const UpgradeBuilder& upgrade = UpgradeBuilder().ByJob()) {
  Scene scene = Upgrading(upgrade);
  ApplyFirst(scene);
  SpoilImage(scene);
  scene.Settle();
  return scene;
}

inline UpgradeBuilder WithPull() {
  return UpgradeBuilder().ByJob().PrePull();
}

/// The Job that pulls was created, its pod has no image yet.
inline Scene PullBegun(const UpgradeBuilder& upgrade = WithPull()) {
  Scene scene = OneWorker(upgrade);
  InstantCluster(scene).Run();
  REQUIRE(scene.StepOf("w") == "Pulling");
  REQUIRE(scene.jobs.size() == 1);
  return scene;
}

/// The only one.
inline const api::Job& TheJob(const Scene& scene) {
  REQUIRE(scene.jobs.size() == 1);
  return scene.jobs.begin()->second;
}

}  // namespace cu::planner
