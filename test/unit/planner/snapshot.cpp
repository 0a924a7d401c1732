#include "unit/planner/snapshot.hpp"

#include <utility>

#include <catch2/catch.hpp>

#include "planner/gates/halt.hpp"
#include "planner/pods/pod_judge.hpp"

namespace cu::planner {

Snapshot::Snapshot(const Scene& scene)
    : world_(scene.MakeWorld()),
      planning_(world_, world_.upgrade->status, FindHalt(world_, world_.upgrade->status)) {
  planning_.SetPods(PodJudge(world_, scene.memory.saved_pods.deleted).JudgeAll());
}

NodeWork Snapshot::WorkOn(const std::string& node) const {
  const api::NodeInWork* entry = planning_.EntryOf(node);
  REQUIRE(entry != nullptr);
  return {planning_, *entry, {}};
}

Asking::Asking(Gate gate, const Scene& scene, GateMemory remembered)
    : seen_(scene), memory_(std::move(remembered)), result_(gate(seen_.planning(), memory_)) {}

std::string Asking::reason() const {
  return result_.hold ? NameOf(result_.hold->reason) : "";
}

std::string Asking::message() const {
  return result_.hold ? result_.hold->message : "";
}

Lines Asking::start() const {
  Lines names;
  for (const NodeView* view : result_.start) {
    names.push_back(view->name());
  }
  return names;
}

bool Asking::Watches(WatchKind kind, const std::string& name) const {
  return result_.add.watches.contains({kind, name});
}

}  // namespace cu::planner
