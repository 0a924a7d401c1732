#include "codec/decode/read_budget.hpp"

#include <array>
#include <limits>

#include "codec/decode/read_condition.hpp"
#include "codec/decode/read_metadata.hpp"

namespace cu::codec {
namespace {

constexpr int kMost = std::numeric_limits<int>::max();

}  // namespace

template <>
Names DroppedMembers<api::PodDisruptionBudget>() {
  static constexpr auto kNames =
      std::to_array<std::string_view>({"managedFields", "disruptedPods"});
  return kNames;
}

template <>
api::PodDisruptionBudget Read(const Reader& object) {
  api::PodDisruptionBudget budget;
  budget.meta = ReadMetadata(object["metadata"], KeepNone);
  const Reader spec = object["spec"];
  budget.selector = spec["selector"].Selector();
  budget.min_available = spec["minAvailable"].IntOrPercent(0);
  budget.max_unavailable = spec["maxUnavailable"].IntOrPercent(0);
  budget.lets_unhealthy_go = spec["unhealthyPodEvictionPolicy"].Text() == "AlwaysAllow";
  const Reader status = object["status"];
  budget.observed_generation = status["observedGeneration"].Integer();
  budget.disruptions_allowed = status["disruptionsAllowed"].Int(0, 0, kMost);
  budget.current_healthy = status["currentHealthy"].Int(0, 0, kMost);
  budget.desired_healthy = status["desiredHealthy"].Int(0, 0, kMost);
  budget.expected_pods = status["expectedPods"].Int(0, 0, kMost);
  const FoundCondition allowed = FindCondition(status["conditions"], "DisruptionAllowed");
  if (allowed.is_false && allowed.reason == "SyncFailed") {
    budget.sync_failure = WithMessage(allowed.reason, allowed.message);
  }
  return budget;
}

}  // namespace cu::codec
