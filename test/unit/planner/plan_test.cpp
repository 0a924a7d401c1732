#include "planner/plan.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/planner/job_scene.hpp"
#include "unit/planner/workers.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("equal worlds give equal plans", "[planner]") {
  Scene scene = OneWorkerBehind();
  scene.Add("w", PodBuilder("web"));
  InstantCluster(scene).RunTo("w", "Draining");
  const Plan a = MakePlan(scene.MakeWorld(), scene.memory);
  const Plan b = MakePlan(scene.MakeWorld(), scene.memory);
  CHECK(a.status == b.status);
  CHECK(Describe(a.actions) == Describe(b.actions));
  CHECK(a.watches == b.watches);
  CHECK(a.wake_at == b.wake_at);
}

TEST_CASE("an upgraded cluster is left in peace", "[planner]") {
  Scene scene;
  scene.Add(ControlPlaneNode("master").At(kNew)).Add(Worker("w").At(kNew));
  const Plan plan = scene.Settle();
  CHECK(plan.actions.empty());
  CHECK(plan.watches.empty());
  CHECK_FALSE(plan.wake_at);
  CHECK(scene.Conditions() == "T F F Upgraded");

  scene.self.epoch = 9;  // a new leader writes nothing
  CHECK(scene.Look().status == scene.status());
  scene.Pass(100'000);
  CHECK(scene.Look().status == scene.status());
}

TEST_CASE("the finalizer goes on before the first cordon and off after the last release",
          "[planner]") {
  Scene scene = OneWorkerBehind();
  CHECK(scene.Actions() == Lines{"AddFinalizer"});
  scene.upgrade().meta.finalizers = {"else/where"};
  const Plan plan = scene.Settle();
  CHECK(std::get<SetFinalizer>(plan.actions.at(0)).wanted ==
        Lines{"else/where", std::string(api::kFinalizer)});
  scene.upgrade().meta.finalizers = {"else/where", std::string(api::kFinalizer)};
  scene.status().in_progress.clear();
  scene.Add(Worker("w").At(kNew));
  const Plan end = scene.Settle();
  CHECK(std::get<SetFinalizer>(end.actions.at(0)).wanted == Lines{"else/where"});
}

TEST_CASE("an idle object that is deleted is not held", "[planner]") {
  Scene scene = OneWorkerBehind();
  scene.upgrade().meta.deleted = scene.now.wall;
  CHECK(scene.Actions().empty());
  CHECK(scene.InWork().empty());
  CHECK(scene.Conditions() == "F T F Deleting");
}

TEST_CASE("finished Jobs expire once their verdict is durable", "[planner]") {
  Scene scene = JobAtWork();
  InstantCluster(scene).CompleteJob(scene.Entry("w")->job_name);
  const Plan first = scene.Look();
  CHECK(Describe(first.actions).empty());
  const Plan then = scene.Settle();
  CHECK(Describe(then.actions) == Lines{"ExpireJob w"});
  CHECK(std::get<ExpireJob>(then.actions.at(0)).ttl_seconds == 3600);
}

TEST_CASE("work on our own node watches our other replicas", "[planner]") {
  Scene scene = Workers(1);
  scene.self.node = "worker-1";
  scene.self.pod = "system/me";
  scene.Settle();
  CHECK(scene.open.contains({WatchKind::kOwnReplicas, ""}));
}
