#pragma once
#include <optional>
#include <string>

#include "planner/model/contribution.hpp"
#include "planner/model/planning.hpp"
#include "planner/pods/pod_judge.hpp"
#include "planner/tokens/workload_view.hpp"

namespace cu::planner {

/// Why a workload is left as it is.
struct WhyLeft {
  api::LaggardReason reason = api::LaggardReason::kSkipped;
  std::string message;
};
/// None of its old pods may be taken away, as far as can be told beforehand.
std::optional<WhyLeft> WhyNoneMayGo(const Planning& planning, const WorkloadView& view);

/// What one look at a workload in work leads to.
struct RefreshStep {
  enum class Kind {
    kGoesOn,
    kDone,
    kLags,   ///< it cannot be refreshed now, and has lost nothing by it
    kFailed  ///< it has lost a pod that did not come back
  };
  Kind kind = Kind::kGoesOn;
  api::LaggardReason laggard = api::LaggardReason::kSkipped;        ///< kLags
  api::RefreshFailure failure = api::RefreshFailure::kNotReplaced;  ///< kFailed
  std::string message = {};
  Contribution add = {};
};

/// Has the old pods of a workload replaced, by its method.
///
/// Evict: one by one, so that their budgets are asked. Pods that are not Ready go first, and at
/// once, since nothing is lost with them; then of a StatefulSet the one with the highest ordinal,
/// of others the oldest, each when all pods that are asked for have been Ready for minReadySeconds.
///
/// Restart: its template is changed as by kubectl rollout restart, with the time of the change, so
/// that it is done once; it rolls out as its strategy says, and budgets are not asked.
///
/// `whole_since`: since when all are Ready, kept between plans. Pre: view.known.
RefreshStep ReplaceOldPods(const Planning& planning,
                           const PodJudge& judge,
                           const WorkloadView& view,
                           api::WorkloadInWork& entry,
                           std::optional<base::SteadyTime>& whole_since);

}  // namespace cu::planner
