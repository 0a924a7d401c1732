#include "planner/executors/missing_pod.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/job_scene.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

/// Its Job exists, and no pod of it.
Scene WithoutPod() {
  Scene scene = Upgrading(UpgradeBuilder().ByJob());
  scene.agrees_to_dry_runs = false;
  ApplyFirst(scene);
  scene.pods["w"].clear();
  CHECK(scene.Actions().empty());
  return scene;
}

std::string Message(Scene& scene) {
  scene.Settle();
  return scene.Entry("w")->message;
}

/// The question that is asked of the server.
Action Question(Scene& scene) {
  const Plan plan = scene.Settle();
  REQUIRE(Describe(plan.actions) == Lines{"DryRunPod w v1.36.3 attempt 1"});
  CHECK(std::get<RehearsePod>(plan.actions[0]).job_uid == JobOf(scene).meta.uid);
  return plan.actions[0];
}

}  // namespace

TEST_CASE("a Job without a pod is told with the server's words, and given up", "[planner]") {
  Scene scene = WithoutPod();
  const std::string name = "Job " + scene.Entry("w")->job_name + " (attempt 1)";
  CHECK(Message(scene) == name + " has no pod yet");
  scene.Pass(4);
  CHECK(scene.Actions().empty());
  scene.Pass(1);
  const Action question = Question(scene);
  scene.Answer(question, Outcome::kForbidden, "exceeded quota: default");
  CHECK(Message(scene) ==
        name + " has no pod: the API server rejects its pod: exceeded quota: default");
  scene.Pass(89);
  scene.Settle();
  CHECK(scene.StepOf("w") == "Upgrading");
  scene.Pass(1);
  InstantCluster(scene).Run();
  CHECK(scene.ReasonOfFailure() == "JobNeverStarted");
  CHECK(scene.status().failures.front().message.ends_with(
      " has no pod: the API server rejects its pod: exceeded quota: default"));
  CHECK_FALSE(scene.status().failures.front().node_changed);
  CHECK(scene.jobs.empty());
  CHECK_FALSE(scene.node("w").unschedulable);
}

TEST_CASE("a pod that comes after all ends the question", "[planner]") {
  Scene scene = WithoutPod();
  scene.Pass(60);
  scene.Answer(Question(scene), Outcome::kForbidden, "exceeded quota");
  scene.Add("w", UpgradeJobPod(scene.Entry("w")->job_name));
  CHECK(scene.Actions().empty());
  CHECK(Message(scene).ends_with(" is at work"));
  CHECK(scene.Entry("w")->node_changed);
}

TEST_CASE("a Job controller that does nothing is named, and waited for longer", "[planner]") {
  Scene scene = WithoutPod();
  bool suspended = false;
  SECTION("the server has nothing against the pod") {
    scene.Pass(5);
    scene.Answer(Question(scene), Outcome::kAccepted);
  }
  SECTION("it cannot be asked") {
    scene.Pass(5);
    scene.Answer(Question(scene), Outcome::kUnjudged, "cannot create resource pods");
  }
  SECTION("it does not answer") {
    scene.Pass(5);
  }
  SECTION("somebody has suspended the Job") {
    suspended = true;
    JobOf(scene).suspended = true;
    scene.Pass(5);
  }
  CHECK((Message(scene).find(suspended ? "it is suspended" : "kube-controller-manager") !=
         std::string::npos));
  scene.Pass(290);
  scene.Settle();
  CHECK(scene.StepOf("w") == "Upgrading");
  scene.Pass(5);
  InstantCluster(scene).Run();
  CHECK(scene.ReasonOfFailure() == "JobNeverStarted");
  CHECK_FALSE(scene.node("w").unschedulable);
}

TEST_CASE("nothing is given up while the state of the cluster is unknown", "[planner]") {
  Scene scene = WithoutPod();
  scene.current = false;
  scene.Pass(1000);
  scene.Settle();
  CHECK(scene.StepOf("w") == "Upgrading");
}
