#include "planner/pods/obstacle.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>

#include "api/names.hpp"
#include "base/text.hpp"
#include "base/time.hpp"

namespace cu::planner {

std::string DrainProgress(const api::NodeInWork& entry) {
  return std::to_string(entry.evicted) + "/" + std::to_string(entry.total) + " pods";
}

namespace {

using api::BlockReason;

struct Sentence {
  BlockReason reason = BlockReason::kUnknown;
  /// {pod} is the pod that is blocked, {name} what blocks it, {detail} Obstacle::detail.
  std::string_view text;
};

constexpr auto kSentences = std::to_array<Sentence>({
    {BlockReason::kForbidden, "the API server forbids removing pod {pod}: {detail}"},
    {BlockReason::kAdmissionDenied,
     "pod {pod} may not be removed now: {detail}; it is tried again"},
    {BlockReason::kRefused,
     "the API server rejects the removal of pod {pod} as invalid: {detail}; check "
     "spec.drain.gracePeriodSeconds"},
    {BlockReason::kRefusedByPolicy, "pod {pod}: {detail}"},
    {BlockReason::kNotSaved, "pod {pod} must be saved before it is evicted, but {detail}"},
    {BlockReason::kTwoBudgets,
     "pod {pod} is selected by more than one PodDisruptionBudget ({detail}), which eviction does "
     "not support; delete one of them"},
    {BlockReason::kServerError, "the API server keeps failing to remove pod {pod}: {detail}"},
    {BlockReason::kKubeletGone,
     "pod {pod} should have ended at {detail}, but its node is not Ready; repair the node, or if "
     "the machine is off for good, taint it "
     "node.kubernetes.io/out-of-service=nodeshutdown:NoExecute "
     "or delete the Node"},
    {BlockReason::kHeldByFinalizer,
     "pod {pod} has ended but its finalizers ({detail}) keep it; check the controller that set "
     "them, "
     "or remove them"},
    {BlockReason::kStuckTerminating,
     "pod {pod} should have ended at {detail}; check the kubelet of its node"},
    {BlockReason::kNamespaceTerminating, "pod {pod} waits for its namespace to be deleted"},
    {BlockReason::kDisruptionBudget,
     "pod {pod} waits for {name}, which allows no eviction now {detail}"},
    {BlockReason::kBudgetNotYetObserved,
     "pod {pod} waits for the controller of {name}, which has not caught up"},
    {BlockReason::kVolumeAttached, "volume {detail} is still attached ({name})"},
    {BlockReason::kTerminating, "pod {pod} is terminating; its grace period ends at {detail}"},
    {BlockReason::kWaitingToFinish,
     "pod {pod} may still finish until {detail} (spec.drain.waitForPods); no pod is evicted before "
     "then"},
});

const Sentence* SentenceOf(BlockReason reason) {
  const auto* found = std::find_if(std::begin(kSentences),
                                   std::end(kSentences),
                                   [&](const auto& s) { return s.reason == reason; });
  return found == std::end(kSentences) ? nullptr : found;
}

void Fill(std::string& text, std::string_view place, const std::string& value) {
  if (const std::size_t at = text.find(place); at != std::string::npos) {
    text.replace(at, place.size(), value);
  }
}

constexpr std::size_t kDetailMax = 300;

}  // namespace

std::string DescribeObstacle(const Obstacle& obstacle) {
  const api::BlockedBy& by = obstacle.by;
  const std::string name = (by.ns.empty() ? "" : by.ns + "/") + by.name;
  const Sentence* sentence = SentenceOf(by.reason);
  if (by.kind == api::BlockerKind::kPodTemplate && by.reason != BlockReason::kNotSaved) {
    return "pod " + obstacle.pod + " must be saved before it is evicted, but PodTemplate " + name +
           " cannot be created: " + base::Cut(obstacle.detail, kDetailMax) +
           (by.reason == BlockReason::kForbidden
                ? "; its role is in deploy/optional/recreate-pods.yaml"
                : "");
  }
  if (sentence == nullptr) {
    return NameOf(by.kind) + " " + name + ": " + NameOf(by.reason);
  }
  std::string text(sentence->text);
  Fill(text, "{pod}", obstacle.pod);
  Fill(text, "{name}", NameOf(by.kind) + " " + name);
  Fill(text, "{detail}", base::Cut(obstacle.detail, kDetailMax));
  return text;
}

std::string DescribeDrain(const api::NodeInWork& entry,
                          const std::vector<Obstacle>& obstacles,
                          const std::vector<const PodPlan*>& leaving) {
  std::string text = DrainProgress(entry) + " gone";
  if (obstacles.empty()) {
    return leaving.empty() ? text : text + "; waiting for pod " + leaving.front()->pod->meta.Key();
  }
  text += "; " + DescribeObstacle(obstacles.front());
  if (!entry.blocked_by.empty()) {
    text += " (since " + base::FormatTime(entry.blocked_by.front().since) + ")";
  }
  const std::size_t more = obstacles.size() - 1;
  return more == 0 ? text : text + "; and " + std::to_string(more) + " more";
}

}  // namespace cu::planner
