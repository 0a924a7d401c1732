#pragma once
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/planner/player.hpp"

/// Scenes of one worker that is being upgraded.
namespace cu::planner {

using Lines = std::vector<std::string>;

/// One worker without pods whose step is Upgrading, by Job or by hand.
inline Scene Upgrading(const UpgradeBuilder& upgrade) {
  Scene scene(upgrade);
  scene.server_version = kNew;
  scene.Add(Worker("w"));
  Player(scene).RunTo("w", "Upgrading");
  return scene;
}

/// The same with its Job at work.
inline Scene JobAtWork(const UpgradeBuilder& upgrade = UpgradeBuilder().ByJob()) {
  Scene scene = Upgrading(upgrade);
  Player(scene).Run();
  REQUIRE(scene.jobs.size() == 1);
  REQUIRE_FALSE(scene.Entry("w")->job_uid.empty());
  return scene;
}

/// Lets the first of the wanted acts happen and looks no further: the Job is there.
inline void DoFirst(Scene& scene) {
  Player player(scene);
  player.Do(scene.Settle().actions.at(0));
  REQUIRE_FALSE(scene.jobs.empty());
}

inline api::Job& JobOf(Scene& scene) {
  return scene.jobs.at(std::string(kJobNamespace) + "/" + scene.Entry("w")->job_name);
}

inline api::Pod& PodOf(Scene& scene) {
  return scene.pods["w"].at(std::string(kJobNamespace) + "/" + scene.Entry("w")->job_name + "-pod");
}

inline void FailJob(Scene& scene) {
  Player(scene).EndJob(scene.Entry("w")->job_name, false);
}

/// The kubelet cannot pull its image: no container starts.
inline void SpoilImage(Scene& scene) {
  const std::string job = scene.Entry("w")->job_name;
  PodOf(scene) = PodBuilder(job + "-pod")
                     .In(kJobNamespace)
                     .OwnedBy("Job", job)
                     .Label(std::string(api::kJobUpgrade), "production")
                     .NeverStarted("ImagePullBackOff: no such image");
}

/// Its first Job exists, and no container of it starts.
inline Scene UnchangedByJob(const UpgradeBuilder& upgrade = UpgradeBuilder().ByJob()) {
  Scene scene = Upgrading(upgrade);
  DoFirst(scene);
  SpoilImage(scene);
  scene.Settle();
  return scene;
}

inline std::string ReasonOfFailure(const Scene& scene) {
  const auto& failures = scene.upgrades.at(scene.subject).status.failures;
  return failures.empty() ? "" : NameOf(failures.front().reason);
}

}  // namespace cu::planner
