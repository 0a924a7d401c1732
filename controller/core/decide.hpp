#pragma once
#include "api/cluster_upgrade.hpp"
#include "planner/plan.hpp"

namespace cu::core {

/// What follows from a plan.
struct Decision {
  enum class Next {
    kWriteFirst,    ///< the status is written, then a new plan is made; nothing is sent
    kConfirmFirst,  ///< the same, if there is something to send now
    kAct            ///< what may be sent is sent
  };
  Next next = Next::kWriteFirst;
  bool report = false;  ///< the status differs, but in what it reports alone: written at leisure
  bool operator==(const Decision&) const = default;
};

/// The write-ahead rule: nothing is sent to the cluster under an intent (planner/model/intent.hpp)
/// that is not `durable`, the status of the copy planned on; nor by a term that has not
/// `confirmed`, by a write or a read a moment ago, that nobody else acts on the object.
Decision Decide(const planner::Plan& plan,
                const api::ClusterUpgradeStatus& durable,
                bool confirmed);

}  // namespace cu::core
