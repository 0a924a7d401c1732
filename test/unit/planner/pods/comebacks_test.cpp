#include "planner/pods/comebacks.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

#include "unit/planner/instant_cluster.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

PodBuilder Operator(const std::string& name, int created) {
  return PodBuilder(name).OwnedBy("ReplicaSet", "operator").Created(After(created));
}

api::NodeInWork Entry() {
  api::NodeInWork entry = EntryFor("w", api::NodeStep::kDraining);
  entry.newest_pod = After(0);
  return entry;
}

/// One worker that is drained of the operator's pod.
Scene Draining(bool tolerates) {
  Scene scene;
  scene.server_version = kNew;
  PodBuilder pod = Operator("first", -100);
  scene.Add(Worker("w")).Add("w", tolerates ? pod.ToleratesCordon() : pod);
  InstantCluster(scene).RunTo("w", "Draining");
  return scene;
}

}  // namespace

TEST_CASE("only pods of a controller that are newer than the drain come back", "[planner]") {
  const api::NodeInWork entry = Entry();
  CHECK(ComebackOf(entry, Operator("a", 0).ToleratesCordon()) == Comeback::kNo);
  CHECK(ComebackOf(entry, Operator("a", 1).ToleratesCordon()) == Comeback::kStays);
  CHECK(ComebackOf(entry, Operator("a", 1)) == Comeback::kOnceMore);
  CHECK(ComebackOf(entry, Operator("a", 1).Unmanaged()) == Comeback::kNo);
  api::NodeInWork undrained = entry;
  undrained.newest_pod.reset();
  CHECK(ComebackOf(undrained, Operator("a", 1).ToleratesCordon()) == Comeback::kNo);
}

TEST_CASE("one pod of a controller is evicted once more, up to ten in all", "[planner]") {
  api::NodeInWork entry = Entry();
  PodPlan plan;
  const api::Pod first = Operator("a", 1);
  plan.pod = &first;
  plan.comeback = Comeback::kOnceMore;
  NoteReturned(entry, {&plan});
  NoteReturned(entry, {&plan});
  CHECK(entry.returned == std::vector<api::ReturnedPod>{{"operator-uid", "a-uid"}});
  CHECK(ComebackOf(entry, first) == Comeback::kOnceMore);
  CHECK(ComebackOf(entry, Operator("b", 2)) == Comeback::kStays);
  for (int i = 1; i < 10; ++i) {
    entry.returned.push_back({"other-" + std::to_string(i), "pod"});
  }
  CHECK(ComebackOf(entry, Operator("c", 2).OwnedBy("ReplicaSet", "new")) == Comeback::kStays);
}

TEST_CASE("a pod that tolerates the cordon is evicted once, and its successor stays", "[planner]") {
  Scene scene = Draining(true);
  CHECK(scene.Entry("w")->newest_pod == After(-100));
  CHECK(scene.Actions() == Lines{"Evict team-a/first"});
  scene.Pass(5);
  scene.pods["w"].clear();
  scene.Add("w", Operator("second", 5).ToleratesCordon());
  const Lines actions = scene.Actions();
  CHECK(std::count(actions.begin(), actions.end(), "Evict team-a/second") == 0);
  CHECK(scene.StepOf("w") == "Upgrading");
  CHECK(scene.Entry("w")->evicted == 1);
  CHECK(scene.Entry("w")->total == 1);
  const Lines warnings = scene.WarningLines();
  CHECK(std::count_if(warnings.begin(), warnings.end(), [](const std::string& line) {
          return line.starts_with("ComesBack team-a/operator: pod second of the ReplicaSet landed");
        }) == 1);
}

TEST_CASE("a pod that names its node is evicted twice, across a change of leaders", "[planner]") {
  Scene scene = Draining(false);
  scene.Pass(5);
  scene.pods["w"].clear();
  scene.Add("w", Operator("second", 5));
  CHECK(scene.Actions() == Lines{"Evict team-a/second"});
  scene.memory = {};
  CHECK(scene.Actions() == Lines{"Evict team-a/second"});
  CHECK(scene.Entry("w")->total == 2);
  scene.pods["w"].clear();
  scene.Add("w", Operator("third", 9));
  scene.Settle();
  CHECK(scene.StepOf("w") == "Upgrading");
  CHECK(scene.Entry("w")->evicted == 2);
}

TEST_CASE("nobody is evicted in the second in which the newest pod was created", "[planner]") {
  Scene scene;
  scene.server_version = kNew;
  scene.Add(Worker("w")).Add("w", Operator("first", 0));
  InstantCluster(scene).RunTo("w", "Draining");
  const Plan plan = scene.Settle();
  CHECK(plan.actions.empty());
  REQUIRE(plan.wake_at);
  CHECK(*plan.wake_at == scene.now.steady + std::chrono::seconds(2));
  scene.Pass(2);
  CHECK(scene.Actions() == Lines{"Evict team-a/first"});
}

TEST_CASE("a server whose clock is ahead delays the first eviction by three seconds", "[planner]") {
  Scene scene;
  scene.server_version = kNew;
  scene.Add(Worker("w")).Add("w", Operator("first", 1000));
  InstantCluster(scene).RunTo("w", "Draining");
  CHECK(scene.Actions().empty());
  scene.Pass(3);
  CHECK(scene.Actions() == Lines{"Evict team-a/first"});
}
