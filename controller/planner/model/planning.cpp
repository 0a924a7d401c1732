#include "planner/model/planning.hpp"

#include <algorithm>

#include "api/marks.hpp"
#include "planner/model/hash_set.hpp"
#include "planner/pods/losses.hpp"
#include "planner/target/node_state.hpp"

namespace cu::planner {
namespace {

constexpr std::size_t kWarningsMax = 20;
constexpr std::size_t kToldMax = 5'000;
constexpr auto kLookAtLeastEvery = std::chrono::seconds(30);

}  // namespace

Planning::Planning(const World& world)
    : world_(&world),
      scope_(MakeScope(world)),
      now_(std::chrono::floor<std::chrono::seconds>(world.now.wall)) {
  plan_.status = world.upgrade->status;
  plan_.memory = *world.memory;
}

const Answer* Planning::AnswerTo(const Act& act) const {
  return planner::AnswerTo(*world_->answers, act);
}

void Planning::LookAt(base::WallTime time) {
  const std::chrono::nanoseconds ahead =
      std::max<std::chrono::nanoseconds>(std::chrono::nanoseconds(0), time - world_->now.wall);
  LookAt(world_->now.steady + std::min<std::chrono::nanoseconds>(ahead, kLookAtLeastEvery));
}

void Planning::LookAt(base::SteadyTime time) {
  plan_.next_look = plan_.next_look ? std::min(*plan_.next_look, time) : time;
}

bool Planning::Passed(base::WallTime deadline) {
  if (world_->now.wall >= deadline) {
    return world_->current;
  }
  LookAt(deadline);
  return false;
}

const api::ObjectMap<api::Pod>* Planning::PodsOf(const std::string& node) const {
  const auto found = world_->pods.find(node);
  return found != world_->pods.end() && found->second.current ? found->second.items : nullptr;
}

const api::Node* Planning::FindNode(const std::string& name) const {
  const auto found = world_->nodes->find(name);
  return found == world_->nodes->end() ? nullptr : &found->second;
}

const api::Job* Planning::FindJob(const std::string& name) const {
  const auto found = world_->jobs->find(world_->self.job_namespace + "/" + name);
  return found == world_->jobs->end() ? nullptr : &found->second;
}

bool Planning::Marked(const api::Node& node) const {
  return AnnotationOf(node.meta, api::kCordonedBy) == Mark();
}

const api::NodeFailure* Planning::FailureOf(const std::string& name) const {
  const auto& failures = status().failures;
  const auto found = std::find_if(
      failures.begin(), failures.end(), [&](const auto& failure) { return failure.name == name; });
  return found == failures.end() ? nullptr : &*found;
}

bool Planning::Failed(const std::string& name) const {
  const api::NodeFailure* failure = FailureOf(name);
  return failure != nullptr && !failure->retried;
}

bool Planning::Postponed(const std::string& name) const {
  const auto& postponed = status().postponed;
  return std::any_of(
      postponed.begin(), postponed.end(), [&](const auto& entry) { return entry.name == name; });
}

bool Planning::Pending(const ScopedNode& scoped) const {
  return StateOf(scoped, status()) == NodeState::kPending;
}

bool Planning::ComesBack(const ScopedNode& scoped) const {
  const std::string& name = scoped.node->meta.name;
  const auto& postponed = status().postponed;
  return StateOf(scoped, status()) == NodeState::kPostponed && !scoped.done() &&
         std::any_of(postponed.begin(), postponed.end(), [&](const auto& entry) {
           return entry.name == name && entry.reason == api::PostponeReason::kDrainTimeout;
         });
}

bool Planning::IsToBeDone(const ScopedNode& scoped) const {
  return Pending(scoped) || ComesBack(scoped);
}

bool Planning::IsToBeDrained(const ScopedNode& scoped) const {
  return IsToBeDone(scoped) &&
         NeedsDrain(spec().drain, scoped.node->kubelet_version, spec().version);
}

bool Planning::HasBegun() const {
  const auto& history = status().history;
  return !history.empty() && history.front().version == spec().version &&
         !history.front().completion_time;
}

bool Planning::InWork(const std::string& name) const {
  const auto& in_progress = status().in_progress;
  return std::any_of(in_progress.begin(), in_progress.end(), [&](const auto& entry) {
    return entry.name == name;
  });
}

bool Planning::AddWarning(const Finding& finding) {
  auto& warnings = status().warnings;
  const api::Warning warning{finding.type, finding.object, finding.text};
  if (std::find(warnings.begin(), warnings.end(), warning) != warnings.end()) {
    return true;
  }
  if (warnings.size() < kWarningsMax) {
    warnings.push_back(warning);
    ++status().warnings_total;
    return true;
  }
  auto& told = plan_.memory.told;
  if (told.size() < kToldMax && told.insert(HashOf(LineOf(finding))).second) {
    plan_.overflow.push_back(finding);
    status().warnings_total += HasBegun() ? 1 : 0;
  }
  return false;
}

std::string AnnotationOf(const api::Metadata& meta, std::string_view key) {
  const auto found = meta.annotations.find(std::string(key));
  return found == meta.annotations.end() ? "" : found->second;
}

}  // namespace cu::planner
