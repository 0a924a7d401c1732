#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/components.hpp"
#include "unit/planner/stories/story.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

class Kubeadm {
 public:
  Kubeadm() : scene_(UpgradeBuilder()), story_(scene_) { UseKubeadm(scene_); }
  void AddControlPlane(const std::string& node) {
    scene_.Add(ControlPlaneNode(node));
    ShowComponents(scene_, node, kOld);
  }
  void EndComponents(const std::string& node) {
    REQUIRE(scene_.Entry(node) != nullptr);
    story_.Event("the Job on " + node + " ends, its static pods are new", [&] {
      const std::string job = scene_.Entry(node)->job_name;
      ShowComponents(scene_, node, scene_.Entry(node)->version);
      story_.cluster().CompleteJob(job);
    });
  }
  void EndBoth(const std::string& node) {
    REQUIRE(scene_.Entry(node) != nullptr);
    story_.Event("the Job on " + node + " ends, all of it is new", [&] {
      const std::string job = scene_.Entry(node)->job_name;
      ShowComponents(scene_, node, scene_.Entry(node)->version);
      scene_.node(node).kubelet_version = scene_.Entry(node)->version;
      story_.cluster().CompleteJob(job);
    });
  }

  Scene& scene() { return scene_; }
  Story& story() { return story_; }

 private:
  Scene scene_;
  Story story_;
};

const Lines kTwoStages = {
    "  DryRunJob cp-1 v1.36.3 attempt 1",
    "cp-1: Upgrading",
    "  AddFinalizer",
    "  CreateJob cp-1 v1.36.3 attempt 1",
    "conditions: F T F UpgradingNodes",
    "    the Job on cp-1 ends, its static pods are new",
    "cp-1: Verifying",
    "  ExpireJob cp-1",
    "    10 s pass",
    "    10 s pass",
    "cp-1: done, 0/3",
    "cp-2: Upgrading",
    "  CreateJob cp-2 v1.36.3 attempt 1",
    "    the Job on cp-2 ends, its static pods are new",
    "cp-2: Verifying",
    "  ExpireJob cp-2",
    "    10 s pass",
    "    10 s pass",
    "cp-2: done, 0/3",
    "cp-1: Cordoning",
    "  Cordon cp-1",
    "  SetHints cp-1",
    "cp-1: Draining",
    "cp-1: Upgrading",
    "  CreateJob cp-1 v1.36.3 attempt 1",
    "    the Job on cp-1 ends, its kubelet restarts",
    "cp-1: Verifying",
    "  ExpireJob cp-1",
    "    10 s pass",
    "cp-1: Uncordoning, verified",
    "  ClearHints cp-1",
    "  Release cp-1",
    "cp-1: done, 1/3",
    "cp-2: Cordoning",
    "  Cordon cp-2",
    "  SetHints cp-2",
    "cp-2: Draining",
    "cp-2: Upgrading",
    "  CreateJob cp-2 v1.36.3 attempt 1",
    "    the Job on cp-2 ends, its kubelet restarts",
    "cp-2: Verifying",
    "  ExpireJob cp-2",
    "    10 s pass",
    "cp-2: Uncordoning, verified",
    "  ClearHints cp-2",
    "  Release cp-2",
    "cp-2: done, 2/3",
    "worker: Cordoning",
    "  Cordon worker",
    "  SetHints worker",
    "worker: Draining",
    "worker: Upgrading",
    "  CreateJob worker v1.36.3 attempt 1",
    "    the Job on worker ends, its kubelet restarts",
    "worker: Verifying",
    "  ExpireJob worker",
    "    10 s pass",
    "worker: Uncordoning, verified",
    "  ClearHints worker",
    "  Release worker",
    "worker: done, 3/3",
    "  RemoveFinalizer",
    "conditions: T F F Upgraded",
};

const Lines kBothAtOnce = {
    "  DryRunJob cp v1.36.3 attempt 1",
    "cp: Cordoning",
    "  AddFinalizer",
    "  Cordon cp",
    "  SetHints cp",
    "cp: Draining",
    "cp: Upgrading",
    "  CreateJob cp v1.36.3 attempt 1",
    "conditions: F T F UpgradingNodes",
    "    the Job on cp ends, all of it is new",
    "cp: Verifying",
    "  ExpireJob cp",
    "    10 s pass",
    "cp: Uncordoning, verified",
    "  ClearHints cp",
    "  Release cp",
    "cp: done, 1/1",
    "  RemoveFinalizer",
    "conditions: T F F Upgraded",
};

}  // namespace

TEST_CASE("Kubeadm: all control planes in service first, then their nodes, then the workers",
          "[planner]") {
  Kubeadm kubeadm;
  kubeadm.AddControlPlane("cp-1");
  kubeadm.AddControlPlane("cp-2");
  kubeadm.scene().Add(Worker("worker"));
  Story& story = kubeadm.story();
  story.Begin();
  for (const char* node : {"cp-1", "cp-2"}) {
    kubeadm.EndComponents(node);
    story.Pass(10);  // its kubelet was not restarted: its Lease tells that it lives
    story.Pass(10);
  }
  for (const char* node : {"cp-1", "cp-2", "worker"}) {
    story.EndJob(node);
    story.Pass(10);
  }
  CHECK(story.lines() == kTwoStages);
}

TEST_CASE("Kubeadm: a single control plane is upgraded in one pass, under its drain", "[planner]") {
  Kubeadm kubeadm;
  kubeadm.AddControlPlane("cp");
  Story& story = kubeadm.story();
  story.Begin();
  kubeadm.EndBoth("cp");
  story.Pass(10);
  CHECK(story.lines() == kBothAtOnce);
}

TEST_CASE("Kubeadm: what somebody else began is taken on from where it stands", "[planner]") {
  Kubeadm kubeadm;
  kubeadm.AddControlPlane("cp-1");
  kubeadm.AddControlPlane("cp-2");
  ShowComponents(kubeadm.scene(), "cp-1", kNew);
  kubeadm.story().Begin();
  CHECK(kubeadm.scene().InWork() == "cp-2");
  CHECK(kubeadm.scene().Entry("cp-2")->stage == api::Stage::kControlPlane);
}

TEST_CASE("Kubeadm: nothing is started before the static pods of the control plane are seen",
          "[planner]") {
  Kubeadm kubeadm;
  kubeadm.scene().Add(ControlPlaneNode("cp-1")).Add(ControlPlaneNode("cp-2"));
  kubeadm.story().Begin();
  CHECK(kubeadm.scene().InWork().empty());
  CHECK(kubeadm.scene().MessageOf("Ready") ==
        "waiting for the static pods of the control plane on cp-1");
}

TEST_CASE("Kubeadm: a stage whose static pods do not come up fails, in service", "[planner]") {
  Kubeadm kubeadm;
  kubeadm.AddControlPlane("cp-1");
  kubeadm.AddControlPlane("cp-2");
  Scene& scene = kubeadm.scene();
  kubeadm.story().Begin();
  const std::string scheduler = "kube-system/kube-scheduler-cp-1";
  kubeadm.story().Event("its Job ends, the scheduler does not come up", [&] {
    const std::string job = scene.Entry("cp-1")->job_name;
    ShowComponents(scene, "cp-1", kNew);
    scene.pods["cp-1"][scheduler].ready = false;
    kubeadm.story().cluster().CompleteJob(job);
  });
  kubeadm.story().Pass(601);
  CHECK(scene.ReasonOfFailure() == "StaticPodsNotReady");
  CHECK(scene.Conditions() == "F F T ControlPlaneNodeFailed");
  CHECK_FALSE(scene.node("cp-1").unschedulable);
  kubeadm.story().Event("it comes up after all",
                        [&] { scene.pods["cp-1"][scheduler].ready = true; });
  CHECK(scene.InWork() == "cp-2");
}

TEST_CASE("Kubeadm: without an image the upgrade says which field to set", "[planner]") {
  Kubeadm kubeadm;
  kubeadm.AddControlPlane("cp");
  kubeadm.scene().self.executor_images = {};
  kubeadm.story().Begin();
  CHECK(kubeadm.scene().Conditions() == "F F T NoExecutorImage");
  CHECK(kubeadm.scene().MessageOf("Stalled") ==
        "the executor has no image: set spec.executor.kubeadm.image, or start the controller with "
        "--executor-image-kubeadm");
}

TEST_CASE("Kubeadm: a leader that begins forgets no stage", "[planner]") {
  Kubeadm kubeadm;
  kubeadm.AddControlPlane("cp");
  Scene& scene = kubeadm.scene();
  scene.Add("cp", PodBuilder("web"));
  kubeadm.story().Refuse("Evict team-a/web");
  kubeadm.story().Begin();
  REQUIRE(scene.StepOf("cp") == "Draining");
  scene.open.clear();
  const Plan plan = scene.Look();
  REQUIRE(plan.status.in_progress.size() == 1);
  CHECK(plan.status.in_progress.front().stage == api::Stage::kControlPlaneAndNode);
  CHECK(plan.status.in_progress.front().step == api::NodeStep::kDraining);
}

TEST_CASE("Kubeadm: it is not Ready while the static pods are not seen", "[planner]") {
  Scene scene;
  UseKubeadm(scene);
  scene.Add(ControlPlaneNode("cp").At(kNew));
  ShowComponents(scene, "cp", kNew);
  CHECK(scene.Look().status.conditions.front().status == api::ConditionStatus::kFalse);
  scene.Settle();
  CHECK(scene.Conditions() == "T F F Upgraded");
}

TEST_CASE("Kubeadm: a kubelet of another patch fails its node, and the spec may follow it",
          "[planner]") {
  Kubeadm kubeadm;
  kubeadm.AddControlPlane("cp");
  const bool several = GENERATE(false, true);
  if (several) {
    kubeadm.AddControlPlane("cp-2");
    ShowComponents(kubeadm.scene(), "cp", kNew);
    ShowComponents(kubeadm.scene(), "cp-2", kNew);
  }
  Scene& scene = kubeadm.scene();
  Story& story = kubeadm.story();
  story.Begin();
  story.Event("its Job ends, its kubelet is of a newer patch", [&] {
    const std::string job = scene.Entry("cp")->job_name;
    ShowComponents(scene, "cp", kNew);
    scene.node("cp").kubelet_version = "v1.36.4";
    story.cluster().CompleteJob(job);
  });
  story.Pass(601);
  story.Pass(31);
  CHECK(scene.ReasonOfFailure() == "WrongVersion");
  story.Event("spec.version follows", [&] {
    scene.spec().version = "v1.36.4";
    scene.Edit();
  });
  CHECK(scene.Conditions() == "F T F UpgradingNodes");
  REQUIRE(scene.Entry("cp") != nullptr);
  CHECK(scene.Entry("cp")->stage ==
        (several ? api::Stage::kControlPlane : api::Stage::kControlPlaneAndNode));
}

TEST_CASE("Kubeadm: an attempt that failed on a node at the version is followed by another",
          "[planner]") {
  Kubeadm kubeadm;
  kubeadm.AddControlPlane("cp");
  Scene& scene = kubeadm.scene();
  Story& story = kubeadm.story();
  const bool lost = GENERATE(false, true);
  story.Begin();
  const auto fail = [&] {
    story.Event("all of the node is new, and the program is killed", [&] {
      const std::string job = scene.Entry("cp")->job_name;
      ShowComponents(scene, "cp", kNew);
      scene.node("cp").kubelet_version = kNew;
      if (lost) {
        story.cluster().CarryOut(DeleteJob{job, job + "-uid"});
      } else {
        story.cluster().FailJob(job);
      }
    });
  };
  fail();
  REQUIRE(scene.StepOf("cp") == "Upgrading");
  CHECK(scene.Entry("cp")->retry_time);
  story.Pass(30);
  REQUIRE(scene.Entry("cp")->attempt == 2);
  if (GENERATE(false, true)) {  // it fails as well, and is the last one
    fail();
    CHECK(scene.ReasonOfFailure() == (lost ? "JobLost" : "JobFailed"));
    CHECK(scene.ConditionOf("Stalled") == "True NodesFailed");
    CHECK(scene.node("cp").unschedulable);
    story.Pass(600);
    REQUIRE(scene.StepOf("cp") == "-");
    story.Event("a person asks for a retry", [&] { scene.AskForRetry("1"); });
    REQUIRE(scene.StepOf("cp") == "Upgrading");
    CHECK(scene.Entry("cp")->attempt == 3);
    CHECK(scene.Entry("cp")->attempt_limit == 4);
  }
  kubeadm.EndBoth("cp");
  CHECK(scene.StepOf("cp") == "Verifying");
  story.Pass(10);
  story.Pass(10);
  CHECK(scene.Conditions() == "T F F Upgraded");
  CHECK(scene.status().warnings.empty());
}

TEST_CASE("Kubeadm: in service the attempt on the next node does what the last one left",
          "[planner]") {
  Kubeadm kubeadm;
  kubeadm.AddControlPlane("cp-1");
  kubeadm.AddControlPlane("cp-2");
  Scene& scene = kubeadm.scene();
  scene.spec().failure_policy.max_attempts = 1;
  kubeadm.story().Begin();
  kubeadm.story().Event("the static pods are new, and the program is killed", [&] {
    const std::string job = scene.Entry("cp-1")->job_name;
    ShowComponents(scene, "cp-1", kNew);
    kubeadm.story().cluster().FailJob(job);
  });
  CHECK(scene.StepOf("cp-1") == "Verifying");
  REQUIRE(scene.status().warnings.size() == 1);
  CHECK(scene.status().warnings.front().type == api::FindingType::kUpgradeNotFinished);
}
