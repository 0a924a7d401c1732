#include "core/decide.hpp"

#include "planner/model/intent.hpp"

namespace cu::core {

Decision Decide(const planner::Plan& plan,
                const api::ClusterUpgradeStatus& durable,
                bool confirmed) {
  if (!planner::SameIntent(plan.status, durable)) {
    return {Decision::Next::kWriteFirst, false};
  }
  return {confirmed ? Decision::Next::kAct : Decision::Next::kConfirmFirst, plan.status != durable};
}

}  // namespace cu::core
