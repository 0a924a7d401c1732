#include "planner/gates/gate.hpp"

#include <chrono>
#include <map>
#include <set>
#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/snapshot.hpp"
#include "unit/planner/workers.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

/// Reasons of the holds, in order.
Lines HoldsOf(const Passage& passage) {
  Lines reasons;
  for (const Hold& hold : passage.holds) {
    reasons.push_back(NameOf(hold.reason));
  }
  return reasons;
}

Lines HoldsOf(const Scene& scene) {
  const Snapshot seen(scene);
  return HoldsOf(AskGates(seen.planning(), {}));
}

/// A scene that every gate but the last lets pass.
Scene Open() {
  Scene scene = Workers(2);
  scene.open = {{WatchKind::kSurvey, ""},
                {WatchKind::kValidatingWebhooks, ""},
                {WatchKind::kMutatingWebhooks, ""}};
  const std::string mark = MarkOf(scene.upgrade().meta);
  scene.Answer(CordonNode{"worker-1", "worker-1-uid", mark, "", true}, Outcome::kAccepted);
  return scene;
}

}  // namespace

TEST_CASE("the gates stand in this order", "[planner]") {
  Lines names;
  for (const Gate& gate : Gates()) {
    names.emplace_back(gate.name);
  }
  CHECK(names == Lines{"halt",
                       "deletion",
                       "API version",
                       "failures",
                       "control plane",
                       "pause",
                       "look ahead",
                       "preflight",
                       "tokens",
                       "freshness",
                       "others",
                       "replacements",
                       "control-plane pods",
                       "hop",
                       "start"});
}

TEST_CASE("the first gate that holds counts, and no other is asked behind it", "[planner]") {
  Scene scene = Open();
  CHECK(HoldsOf(scene) == Lines{"LookingAtNode"});
  scene.Add(UpgradeBuilder("other").Created(After(1)).With([](api::ClusterUpgrade& other) {
    other.status.in_progress = {EntryFor("worker-2", api::NodeStep::kDraining)};
  }));
  CHECK(HoldsOf(scene) == Lines{"WaitingForOther"});
  scene.current = false;
  CHECK(HoldsOf(scene) == Lines{"WaitingForWatches"});
  scene.open.clear();
  CHECK(HoldsOf(scene) == Lines{"Preflight"});
  AddFailure(scene, "worker-1");
  CHECK(HoldsOf(scene) == Lines{"TooManyFailed"});
  scene.upgrade().meta.deleted = scene.now.wall;
  CHECK(HoldsOf(scene) == Lines{"Deleting"});
  scene.spec().version = "v1.99.0";
  CHECK(HoldsOf(scene) == Lines{"MinorSkipped"});
}

TEST_CASE("behind a pause preflight alone is asked", "[planner]") {
  Scene scene = Open();
  scene.current = false;
  scene.spec().paused = true;
  CHECK(HoldsOf(scene) == Lines{"Paused"});
  scene.open.clear();
  CHECK(HoldsOf(scene) == Lines{"Paused", "Preflight"});
}

TEST_CASE("where no node is left to be started, only what holds the whole object is asked",
          "[planner]") {
  Scene scene;
  scene.Add(ControlPlaneNode("master").At(kNew)).Add(Worker("w").At(kNew));
  scene.current = false;
  scene.spec().paused = true;
  CHECK(HoldsOf(scene).empty());
  scene.upgrade().meta.deleted = scene.now.wall;
  CHECK(HoldsOf(scene) == Lines{"Deleting"});
}

TEST_CASE("what the gates add, start and remember is put together", "[planner]") {
  Scene scene = Open();
  scene.WatchAllPods();
  const Snapshot seen(scene);
  GateMemory memory;
  memory.refused_nodes = {{"worker-2", "why"}, {"master", "why"}, {"gone", "why"}};
  const Passage passage = AskGates(seen.planning(), memory);
  CHECK(passage.holds.empty());
  REQUIRE(passage.start.size() == 1);
  CHECK(passage.start[0]->name() == "worker-1");
  CHECK(passage.warnings.has_value());
  CHECK(passage.add.watches == std::set<WantedWatch>{{WatchKind::kPodsOnNode, "worker-1"},
                                                     {WatchKind::kValidatingWebhooks, ""},
                                                     {WatchKind::kMutatingWebhooks, ""},
                                                     {WatchKind::kSurvey, ""}});
  CHECK(passage.memory.refused_nodes == std::map<std::string, std::string>{{"worker-2", "why"}});
}

TEST_CASE("a hold that may differ later wakes the plan", "[planner]") {
  Scene scene = Open();
  scene.WatchAllPods();
  scene.Add(Worker("worker-1").NotReady());
  const Snapshot seen(scene);
  const Passage passage = AskGates(seen.planning(), {});
  CHECK(HoldsOf(passage) == Lines{"WaitingForNodes"});
  CHECK(passage.add.wake_at == scene.now.steady + std::chrono::minutes(15));
  CHECK(passage.memory.idle_since == scene.now.steady);
}
