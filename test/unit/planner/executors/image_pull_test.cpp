#include "planner/executors/image_pull.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "planner/executors/jobs.hpp"
#include "unit/planner/job_scene.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

api::Pod& ThePod(Scene& scene) {
  return scene.pods["w"].at(std::string(kJobNamespace) + "/" + TheJob(scene).meta.name + "-pod");
}

void LoseImage(Scene& scene, const std::string& problem) {
  ThePod(scene).problem = problem;
  ThePod(scene).lacks_image = true;
}

std::string Message(Scene& scene) {
  scene.Settle();
  return scene.Entry("w")->message;
}

const std::string kWarning = "w: the images of the upgrade Job may not be on it: ";

}  // namespace

TEST_CASE("images are pulled by a Job of their own before the node is cordoned", "[planner]") {
  Scene scene = OneWorker(WithPull());
  InstantCluster cluster(scene);
  cluster.Apply(scene.Settle().actions);
  const Plan plan = scene.Settle();
  REQUIRE(Describe(plan.actions) == Lines{"AddFinalizer", "CreateJob w v1.36.3 images"});
  const api::JobRequest& job = std::get<CreateJob>(plan.actions[1]).job;
  CHECK(job.name.starts_with("cu-pull-w-"));
  CHECK(job.pulls_images);
  CHECK(job.attempt == 0);
  CHECK(job.active_deadline_seconds == 900);
  cluster.Apply(plan.actions);
  CHECK(Message(scene) == "pulling the executor's images");
  CHECK(scene.Actions().empty());
  CHECK_FALSE(scene.node("w").unschedulable);

  cluster.CompleteJob(job.name);
  CHECK(scene.Actions() == Lines{"Cordon w", "DeleteJob pull-w"});
  CHECK(scene.StepOf("w") == "Cordoning");
  CHECK(scene.status().warnings.empty());
  cluster.Run();
  CHECK(scene.StepOf("w") == "Upgrading");
  CHECK(scene.Entry("w")->attempt == 1);
  CHECK_FALSE(TheJob(scene).meta.labels.contains(api::kJobPullsImages));
}

TEST_CASE("an image is there once a container of it has ended, or cannot be created", "[planner]") {
  Scene scene = PullBegun();
  SECTION("it has no program `true`") {
    ThePod(scene).phase = api::PodPhase::kFailed;
    ThePod(scene).failure = api::ContainerEnd{"pull-1", 128, 0, "StartError", "no such file"};
  }
  SECTION("the container cannot be created") {
    ThePod(scene).problem = "CreateContainerError: no such user";
  }
  scene.Settle();
  CHECK(scene.StepOf("w") == "Cordoning");
  CHECK(scene.status().warnings.empty());
}

TEST_CASE("an image that cannot be pulled fails a node that nothing was done to", "[planner]") {
  Scene scene = PullBegun();
  LoseImage(scene, "ErrImagePull: no such image");
  CHECK(Message(scene) == "the executor's image cannot be pulled yet: ErrImagePull: no such image");
  SECTION("it comes after all") {
    scene.Pass(299);
    InstantCluster(scene).CompleteJob(TheJob(scene).meta.name);
    scene.Settle();
    CHECK(scene.StepOf("w") == "Cordoning");
  }
  SECTION("it does not come for 5 min") {
    scene.Pass(299);
    scene.Settle();
    CHECK(scene.StepOf("w") == "Pulling");
    scene.Pass(1);
    InstantCluster(scene).Run();
    CHECK(scene.ReasonOfFailure() == "ImageNotPulled");
    const api::NodeFailure& failure = scene.status().failures.front();
    CHECK(failure.message ==
          "the executor's image cannot be pulled: ErrImagePull: no such image; nothing was "
          "changed");
    CHECK_FALSE(failure.node_changed);
    CHECK(failure.attempts == 0);
    CHECK(scene.StepOf("w") == "-");
    CHECK(scene.jobs.empty());
    CHECK_FALSE(scene.node("w").unschedulable);

    // Another try is another Job.
    scene.AskForRetry("1");
    InstantCluster(scene).Run();
    CHECK(scene.StepOf("w") == "Pulling");
    CHECK(scene.jobs.size() == 1);
  }
}

TEST_CASE("what no waiting cures fails at once", "[planner]") {
  Scene scene = PullBegun();
  LoseImage(scene, "InvalidImageName: couldn't parse image name");
  InstantCluster(scene).Run();
  CHECK(scene.ReasonOfFailure() == "ImageNotPulled");
}

TEST_CASE("a pull that says nothing of images holds nothing up", "[planner]") {
  Scene scene = OneWorker(WithPull());
  scene.agrees_to_dry_runs = false;
  std::string why;
  SECTION("the Job is refused") {
    InstantCluster(scene).Apply(scene.Settle().actions);
    scene.Answer(scene.Settle().actions.back(), Outcome::kForbidden, "exceeded quota");
    why = "the API server rejects the Job that pulls them: exceeded quota";
  }
  SECTION("its pod is not admitted") {
    InstantCluster(scene).Run();
    ThePod(scene).phase = api::PodPhase::kFailed;
    ThePod(scene).ended_by = "OutOfpods: too many pods";
    why = "the pod that pulls them failed: OutOfpods: too many pods";
  }
  SECTION("it has no pod") {
    InstantCluster(scene).Run();
    scene.pods["w"].clear();
    scene.Pass(59);
    scene.Settle();
    CHECK(scene.StepOf("w") == "Pulling");
    scene.Pass(1);
    why = "the Job that pulls them has no pod; see the events of " + TheJob(scene).meta.name;
  }
  SECTION("it fails without a pod") {
    InstantCluster(scene).Run();
    scene.pods["w"].clear();
    scene.jobs.begin()->second.failed = true;
    scene.jobs.begin()->second.failure_reason = "DeadlineExceeded";
    scene.Pass(10);
    why = "the Job that pulls them failed: DeadlineExceeded";
  }
  SECTION("it takes more than 15 min") {
    InstantCluster(scene).Run();
    scene.Pass(899);
    scene.Settle();
    CHECK(scene.StepOf("w") == "Pulling");
    scene.Pass(1);
    why = "it was not over after 15 min";
  }
  scene.Settle();
  CHECK(scene.StepOf("w") == "Cordoning");
  CHECK(scene.WarningLines() == Lines{kWarning + why});
}

TEST_CASE("a Job that somebody deletes is created again, for 15 min", "[planner]") {
  Scene scene = PullBegun();
  scene.jobs.clear();
  scene.pods["w"].clear();
  CHECK(scene.Actions() == Lines{"CreateJob w v1.36.3 images"});
  scene.Pass(900);
  scene.Settle();
  CHECK(scene.StepOf("w") == "Cordoning");
}

TEST_CASE("a Job that pulls stands for no attempt", "[planner]") {
  Scene scene = PullBegun();
  CHECK(UnfinishedJobBeside(scene.jobs, "w", "") == nullptr);
}
