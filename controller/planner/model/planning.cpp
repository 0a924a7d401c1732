#include "planner/model/planning.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "api/labels.hpp"
#include "base/check.hpp"

namespace cu::planner {
namespace {

/// Nanoseconds in 64 bits would hold no more than 292 years.
constexpr std::chrono::microseconds kWakeAtLeastEvery = std::chrono::seconds(30);

const World& Checked(const World& world) {
  CU_CHECK(world.upgrade != nullptr && world.upgrades != nullptr && world.nodes != nullptr);
  CU_CHECK(world.scope != nullptr && world.budgets != nullptr && world.jobs != nullptr);
  CU_CHECK(world.results != nullptr);
  return world;
}

template <class Entries>
auto* FindNamed(const Entries& entries, const std::string& name) {
  const auto found = std::find_if(
      entries.begin(), entries.end(), [&](const auto& entry) { return entry.name == name; });
  return found == entries.end() ? nullptr : &*found;
}

}  // namespace

Planning::Planning(const World& world, api::ClusterUpgradeStatus status, std::optional<Hold> halt)
    : world_(&Checked(world)),
      status_(std::move(status)),
      halt_(std::move(halt)),
      now_(std::chrono::floor<std::chrono::seconds>(world.now.wall)),
      states_(*world.scope, status_, world.upgrade->spec.run_id) {}

bool Planning::has_finalizer() const {
  const auto& finalizers = upgrade().meta.finalizers;
  return std::find(finalizers.begin(), finalizers.end(), api::kFinalizer) != finalizers.end();
}

bool Planning::Marked(const api::Node& node) const {
  return api::AnnotationOf(node.meta, api::kCordonedBy) == Mark();
}

const ActionResult* Planning::ResultOf(const Action& action) const {
  return planner::ResultOf(*world_->results, action);
}

Asked<bool> Planning::HasPassed(base::WallTime deadline) const {
  if (world_->now.wall >= deadline) {
    return {world_->current};
  }
  Asked<bool> not_yet{false};
  not_yet.add.WakeAt(WakeFor(deadline));
  return not_yet;
}

base::SteadyTime Planning::WakeFor(base::WallTime time) const {
  const std::chrono::microseconds ahead = time - world_->now.wall;
  return world_->now.steady + std::clamp(ahead, std::chrono::microseconds(0), kWakeAtLeastEvery);
}

const NodeView& Planning::ViewOf(std::string_view name) const {
  const NodeView* view = FindView(name);
  CU_CHECK(view != nullptr);
  return *view;
}

const NodePods* Planning::PodsOf(const std::string& node) const {
  const auto found = pods_.find(node);
  return found == pods_.end() ? nullptr : &found->second;
}

const api::Node* Planning::FindNode(const std::string& name) const {
  const auto found = world_->nodes->find(name);
  return found == world_->nodes->end() ? nullptr : &found->second;
}

const api::NodeInWork* Planning::EntryOf(const std::string& name) const {
  return FindNamed(status_.in_progress, name);
}

const api::NodeFailure* Planning::FailureOf(const std::string& name) const {
  return FindNamed(status_.failures, name);
}

bool Planning::Postponed(const std::string& name) const {
  return FindNamed(status_.postponed, name) != nullptr;
}

bool Planning::IsToBeDrained(const NodeView& view) const {
  return view.IsToBeDone() && NeedsDrain(spec().drain, view.node().kubelet_version, target().text);
}

bool Planning::HasBegun() const {
  const auto& history = status_.history;
  return !history.empty() && history.front().version == target().text &&
         history.front().run_id == RunId() && !history.front().completion_time;
}

}  // namespace cu::planner
