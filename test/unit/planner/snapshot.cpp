#include "unit/planner/snapshot.hpp"

#include <catch2/catch.hpp>

#include "planner/gates/halt.hpp"
#include "planner/pods/pod_judge.hpp"

namespace cu::planner {

Snapshot::Snapshot(const Scene& scene)
    : world_(scene.MakeWorld()), planning_(world_, world_.upgrade->status, FindHalt(world_)) {
  planning_.SetPods(PodJudge(world_, scene.memory.saved_pods.deleted).JudgeAll());
}

NodeWork Snapshot::WorkOn(const std::string& node) const {
  const api::NodeInWork* entry = planning_.EntryOf(node);
  REQUIRE(entry != nullptr);
  return {planning_, *entry, {}};
}

}  // namespace cu::planner
