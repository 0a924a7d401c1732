#include "planner/executors/job_pod.hpp"

#include <catch2/catch.hpp>

#include "unit/planner/job_scene.hpp"
#include "unit/planner/snapshot.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

api::Pod Failed() {
  return PodBuilder("p").Phase(api::PodPhase::kFailed);
}

}  // namespace

TEST_CASE("the pod of a Job is known by its owner's UID", "[planner]") {
  Scene scene = JobAtWork();
  {
    const Snapshot seen(scene);
    const api::Pod* pod = PodOfJob(seen.WorkOn("w"), JobOf(scene));
    REQUIRE(pod != nullptr);
    CHECK(pod->meta.name == JobOf(scene).meta.name + "-pod");
  }
  api::Job other = JobOf(scene);
  other.meta.uid = "other";
  const Snapshot seen(scene);
  CHECK(PodOfJob(seen.WorkOn("w"), other) == nullptr);
}

TEST_CASE("a pod that has failed without a container that ran has changed nothing", "[planner]") {
  api::Pod pod = Failed();
  CHECK_FALSE(NeverRan(pod));
  pod.started = false;
  CHECK(NeverRan(pod));
  pod.phase = api::PodPhase::kPending;
  CHECK_FALSE(NeverRan(pod));
}

TEST_CASE("why a pod has ended is said in its own words", "[planner]") {
  api::Pod pod = Failed();
  CHECK(WhyEnded(pod).empty());
  pod.failure = api::ContainerEnd{"upgrade", 3, 0, "Error", "no space left"};
  CHECK(WhyEnded(pod) == "container upgrade ended with exit code 3 (Error): no space left");
  pod.failure = api::ContainerEnd{"upgrade", 137, 0, "Error", "step: drain"};
  CHECK(WhyEnded(pod) ==
        "container upgrade ended with exit code 137 (killed: by a person, or by its node for want "
        "of memory): step: drain");
  pod.failure = api::ContainerEnd{"upgrade", 137, 0, "OOMKilled", ""};
  CHECK(WhyEnded(pod) == "container upgrade ended with exit code 137 (OOMKilled)");
  pod.failure = api::ContainerEnd{"upgrade", 137, 9, "", ""};
  CHECK(WhyEnded(pod) == "container upgrade ended with signal 9");
  pod.ended_by = "Evicted: The node was low on resource: memory.";
  CHECK(WhyEnded(pod) ==
        "Evicted: The node was low on resource: memory.; container upgrade ended with signal 9");
  pod.failure.reset();
  CHECK(WhyEnded(pod) == "Evicted: The node was low on resource: memory.");
}

TEST_CASE("only a container that runs is at work", "[planner]") {
  api::Pod pod = PodBuilder("p");
  CHECK(StateOf(pod) == "is at work");
  pod.running = false;
  CHECK(StateOf(pod) == "is active; its pod runs no container now");
  pod.started = false;
  CHECK(StateOf(pod) == "is active; no container of its pod has started yet");
  pod.problem = "ImagePullBackOff: no such image";
  CHECK(StateOf(pod) == "is active; its pod is waiting: ImagePullBackOff: no such image");
  pod.phase = api::PodPhase::kFailed;
  CHECK(StateOf(pod) == "waits for the Job controller: its pod has failed");
  pod.ended_by = "OutOfcpu: not enough cpu";
  CHECK(StateOf(pod) ==
        "waits for the Job controller: its pod has failed (OutOfcpu: not enough cpu)");
}
