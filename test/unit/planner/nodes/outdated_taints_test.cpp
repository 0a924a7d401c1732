#include "planner/nodes/outdated_taints.hpp"

#include <algorithm>
#include <string>

#include <catch2/catch.hpp>

#include "planner/model/intent.hpp"
#include "unit/planner/instant_cluster.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

const std::string kKey(api::kOutdated);
const api::Taint kOurs{kKey, "upgrade-uid", "PreferNoSchedule"};
constexpr const char* kGoneUid = "5f0c1111-0000-4000-8000-00000000000a";

/// Workers w-1 … w-n behind a control plane that is done.
Scene Workers(int workers) {
  Scene scene(UpgradeBuilder().With(
      [](api::ClusterUpgrade& upgrade) { upgrade.spec.drain.prefer_upgraded_nodes = true; }));
  api::Node master = ControlPlaneNode("master").At(kNew).Taint("node-role");
  scene.Add(master);
  for (int i = 1; i <= workers; ++i) {
    const std::string name = "w-" + std::to_string(i);
    scene.Add(Worker(name)).Add(name, PodBuilder("pod-" + name).On(name));
  }
  return scene;
}

/// One whose w-1 waits for its new version, drained.
Scene AtWork(int workers) {
  Scene scene = Workers(workers);
  InstantCluster cluster(scene);
  cluster.Run();
  return scene;
}

Lines Tainted(const Scene& scene) {
  Lines names;
  for (const auto& [name, node] : scene.nodes) {
    if (std::find(node.taints.begin(), node.taints.end(), kOurs) != node.taints.end()) {
      names.push_back(name);
    }
  }
  return names;
}

/// The changes of taints that are wanted now.
Lines Changes(Scene& scene) {
  Lines lines;
  for (const Action& action : scene.Settle().actions) {
    if (std::holds_alternative<SetOutdatedTaint>(action)) {
      lines.push_back(Describe(action));
    }
  }
  return lines;
}

void Upgrade(Scene& scene, const std::string& node) {
  scene.node(node).kubelet_version = kNew;
  InstantCluster cluster(scene);
  for (int i = 0; i < 3; ++i) {
    cluster.Run();
    scene.Pass(20);
  }
}

void SetStalled(Scene& scene, base::WallTime since) {
  for (api::Condition& condition : scene.status().conditions) {
    if (condition.type == api::ConditionType::kStalled) {
      condition.status = api::ConditionStatus::kTrue;
      condition.last_transition_time = since;
    }
  }
}

}  // namespace

TEST_CASE("nodes that are still to be drained carry the taint, one less with each start",
          "[planner]") {
  Scene scene = AtWork(4);
  CHECK(scene.InWork() == "w-1");
  CHECK(Tainted(scene) == Lines{"w-2", "w-3", "w-4"});
  CHECK(scene.status().outdated_tainted);
  Upgrade(scene, "w-1");
  CHECK(scene.InWork() == "w-2");
  CHECK(Tainted(scene) == Lines{"w-3", "w-4"});
  for (const char* node : {"w-2", "w-3", "w-4"}) {
    Upgrade(scene, node);
  }
  CHECK(scene.ConditionOf("Ready") == "True Upgraded");
  CHECK(Tainted(scene).empty());
  CHECK_FALSE(scene.status().outdated_tainted);
  CHECK(scene.upgrade().meta.finalizers.empty());
}

TEST_CASE("nothing is tainted before a node is drained, and the status says it first",
          "[planner]") {
  Scene scene = Workers(3);
  InstantCluster cluster(scene);
  cluster.RunTo("w-1", "Cordoning");
  CHECK(Changes(scene).empty());
  Plan first = scene.Look();
  for (; !first.status.outdated_tainted; first = scene.Look()) {
    if (!scene.Adopt(first)) {
      cluster.Apply(first.actions);
    }
  }
  CHECK(first.status.in_progress[0].step == api::NodeStep::kDraining);
  CHECK(first.status.outdated_tainted);
  CHECK_FALSE(scene.status().outdated_tainted);
  CHECK_FALSE(SameIntent(first.status, scene.status()));
  // Those first that carry it the longest.
  CHECK(Changes(scene) == Lines{"Taint w-3", "Taint w-2"});
}

TEST_CASE("the taint goes before anything else is done to the node", "[planner]") {
  Scene scene = AtWork(3);
  scene.status().in_progress.push_back(EntryFor("w-2", api::NodeStep::kCordoning));
  scene.spec().pools.push_back({"workers", {}, {2, false}, {}});
  const Lines lines = scene.Actions();
  REQUIRE_FALSE(lines.empty());
  CHECK(lines.front() == "Untaint w-2");
  CHECK(std::count(lines.begin(), lines.end(), "Cordon w-2") == 1);
}

TEST_CASE("the last node is tainted only if its pods could go elsewhere", "[planner]") {
  CHECK(Tainted(AtWork(1)).empty());
  CHECK(Tainted(AtWork(2)).empty());
  Scene scene = Workers(2);
  SECTION("to a node that is done") {
    scene.Add(Worker("other").At(kNew));
  }
  SECTION("to one that is left alone") {
    scene.Add(Worker("other").Label(api::kExclude, "true"));
  }
  InstantCluster(scene).Run();
  CHECK(Tainted(scene) == Lines{"w-2"});
}

TEST_CASE("a node to which no pod can go is no place elsewhere", "[planner]") {
  Scene scene = Workers(2);
  SECTION("cordoned") {
    scene.Add(Worker("other").At(kNew).Cordoned());
  }
  SECTION("not Ready") {
    scene.Add(Worker("other").At(kNew).NotReady());
  }
  SECTION("tainted") {
    scene.Add(Worker("other").At(kNew).Taint("gpu"));
  }
  InstantCluster(scene).Run();
  CHECK(Tainted(scene).empty());
}

TEST_CASE("only nodes that will be drained carry it", "[planner]") {
  Scene scene = Workers(3);
  scene.spec().pools.push_back({"workers", {}, {1, false}, api::UnhealthyNodes::kIgnore});
  scene.Add(Worker("done").At(kNew));
  scene.Add(Worker("excluded").Label(api::kExclude, "true"));
  scene.Add(Worker("asleep").NotReady());
  scene.Add(Worker("z-cordoned").Cordoned());
  SECTION("all") {
    InstantCluster(scene).Run();
    CHECK(Tainted(scene) == Lines{"w-2", "w-3"});
  }
  SECTION("none, where no node is drained") {
    scene.spec().drain.when = api::DrainWhen::kNever;
    InstantCluster(scene).Run();
    CHECK(Tainted(scene).empty());
  }
  SECTION("none, where nobody wants it") {
    scene.spec().drain.prefer_upgraded_nodes = false;
    InstantCluster(scene).Run();
    CHECK(Tainted(scene).empty());
  }
}

TEST_CASE("a user's taint of the key stays as it is, and no other comes beside it", "[planner]") {
  Scene scene = Workers(4);
  const api::Taint same{kKey, "", "PreferNoSchedule"};
  const api::Taint harder{kKey, "maintenance", "NoSchedule"};
  scene.node("w-3").taints = {same};
  scene.node("w-4").taints = {harder};
  InstantCluster(scene).Run();
  CHECK(Tainted(scene) == Lines{"w-2"});
  for (const char* node : {"w-1", "w-2", "w-3", "w-4"}) {
    Upgrade(scene, node);
  }
  CHECK(scene.node("w-3").taints == std::vector{same});
  CHECK(scene.node("w-4").taints == std::vector{harder});
}

TEST_CASE("other taints keep their place", "[planner]") {
  Scene scene = Workers(3);
  scene.Add(Worker("w-3").Taint("gpu"));
  InstantCluster(scene).Run();
  REQUIRE(scene.node("w-3").taints.size() == 2);
  CHECK(scene.node("w-3").taints[1] == kOurs);
  scene.spec().drain.prefer_upgraded_nodes = false;
  InstantCluster(scene).Run();
  CHECK(scene.node("w-3").taints == std::vector<api::Taint>{{"gpu", "", "NoSchedule"}});
}

TEST_CASE("a taint that somebody takes away is not put there again", "[planner]") {
  Scene scene = AtWork(4);
  scene.node("w-3").taints.clear();
  scene.Pass(60);
  scene.results.clear();
  CHECK(Changes(scene).empty());
}

TEST_CASE("it goes everywhere a minute after a pause or a stall, and not before", "[planner]") {
  Scene scene = AtWork(3);
  REQUIRE(Tainted(scene).size() == 2);
  SECTION("pause") {
    scene.spec().paused = true;
    scene.Settle();
  }
  SECTION("stall") {
    scene.status().in_progress.clear();
    scene.node("w-1") = Worker("w-1").NotReady();
    scene.status().failures.push_back(FailureOf("w-1"));
    scene.Settle();
    SetStalled(scene, scene.now.wall);
  }
  scene.Pass(58);
  CHECK(Changes(scene).empty());
  scene.Pass(4);
  CHECK(Changes(scene) == Lines{"Untaint w-2", "Untaint w-3"});
  InstantCluster(scene).Run();
  CHECK(Tainted(scene).empty());
  CHECK_FALSE(scene.status().outdated_tainted);
}

TEST_CASE("it is there again after a pause", "[planner]") {
  Scene scene = AtWork(3);
  scene.spec().paused = true;
  scene.Settle();
  scene.Pass(90);
  InstantCluster(scene).Run();
  REQUIRE(Tainted(scene).empty());
  scene.spec().paused = false;
  InstantCluster(scene).Run();
  CHECK(Tainted(scene) == Lines{"w-2", "w-3"});
}

TEST_CASE("a deleted object is held until its taints are gone, unless the server forbids that",
          "[planner]") {
  Scene scene = AtWork(3);
  scene.status().in_progress.clear();
  scene.Add(Worker("w-1"));
  scene.upgrade().meta.deleted = scene.now.wall;
  CHECK(Changes(scene) == Lines{"Untaint w-2", "Untaint w-3"});
  CHECK(scene.status().outdated_tainted);
  SECTION("gone") {
    InstantCluster(scene).Run();
    CHECK(Tainted(scene).empty());
  }
  SECTION("forbidden") {
    for (const Action& action : scene.Look().actions) {
      scene.Answer(action, Outcome::kDenied, "no");
    }
    scene.Settle();
    CHECK(Changes(scene).size() == 2);  // asked for again all the same
  }
  CHECK_FALSE(scene.status().outdated_tainted);
}

TEST_CASE("the object is held while a taint that was sent may still come", "[planner]") {
  Scene scene = Workers(3);
  InstantCluster(scene).RunTo("w-1", "Draining");
  REQUIRE(Changes(scene).size() == 2);
  scene.current = false;  // no more are put
  CHECK(scene.Look().status.outdated_tainted);
  SECTION("also by whoever was here before") {
    scene.memory = Memory();
    CHECK(scene.Look().status.outdated_tainted);
  }
  scene.Settle();
  scene.Pass(21);
  CHECK_FALSE(scene.Look().status.outdated_tainted);
}

TEST_CASE("a taint that is refused is told once, and no other node is tried after three",
          "[planner]") {
  Scene scene = Workers(9);
  InstantCluster(scene).RunTo("w-1", "Draining");
  REQUIRE(Changes(scene).size() == 8);
  for (const Action& action : scene.Look().actions) {
    if (std::holds_alternative<SetOutdatedTaint>(action)) {
      scene.Answer(action, Outcome::kDenied, "taints are ours");
    }
  }
  CHECK(Changes(scene).empty());
  const Lines warnings = scene.WarningLines();
  CHECK(std::count_if(warnings.begin(), warnings.end(), [](const std::string& line) {
          return line.find("taints are ours") != std::string::npos;
        }) == 1);
  scene.Add(Worker("w-10"));
  CHECK(Changes(scene).empty());
  scene.status().warnings.clear();  // as if the status had not been written in time
  CHECK(Changes(scene).empty());
  CHECK(scene.WarningLines() == warnings);
}

TEST_CASE("taints change by and by", "[planner]") {
  Scene scene = Workers(101);
  InstantCluster cluster(scene);
  cluster.RunTo("w-1", "Draining");
  std::size_t put = 0;
  int seconds = 0;
  for (; put < 100 && seconds < 60; ++seconds) {
    std::size_t now = 0;
    for (int plans = 0; plans < 5; ++plans) {
      for (const Action& action : scene.Settle().actions) {
        if (std::holds_alternative<SetOutdatedTaint>(action)) {
          cluster.Apply(action);
          ++now;
        }
      }
    }
    CHECK(now <= 20);
    put += now;
    const Plan plan = scene.Look();
    CHECK((put == 100 || plan.wake_at));
    scene.Pass(1);
  }
  CHECK(put == 100);
  CHECK(seconds == 5);
}

TEST_CASE("what an object that is gone has left on nodes is removed, a few at a time",
          "[planner]") {
  std::vector<api::Node> nodes;
  for (int i = 0; i < 30; ++i) {
    api::Node node = Worker("w-" + std::to_string(i)).Taint("gpu");
    node.taints.push_back({kKey, kGoneUid, "PreferNoSchedule"});
    nodes.push_back(node);
  }
  std::vector<const api::Node*> tainted;
  for (const api::Node& node : nodes) {
    CHECK(IsTainted(node));
    tainted.push_back(&node);
  }
  const base::SteadyTime now{std::chrono::hours(1)};
  TaintMemory memory;
  const Contribution first = RemoveOrphanedTaints({}, tainted, {}, memory, now);
  CHECK(first.actions.size() == 20);
  CHECK(std::get<SetOutdatedTaint>(first.actions[0]).at == 1U);
  REQUIRE(first.wake_at);
  // What is wanted goes on being wanted, and counts once.
  CHECK(RemoveOrphanedTaints({}, tainted, {}, memory, now).actions.size() == 20);
  tainted.erase(tainted.begin(), tainted.begin() + 20);
  CHECK(RemoveOrphanedTaints({}, tainted, {}, memory, *first.wake_at).actions.size() == 10);
  SECTION("of an object that is there they are left to it") {
    api::ClusterUpgrade owner = UpgradeBuilder();
    owner.meta.uid = kGoneUid;
    const api::ObjectMap<api::ClusterUpgrade> upgrades{{owner.meta.name, owner}};
    CHECK(RemoveOrphanedTaints(upgrades, tainted, {}, memory, now).actions.empty());
  }
}
