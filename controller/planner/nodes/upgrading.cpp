#include "planner/nodes/upgrading.hpp"

#include "planner/executors/executor.hpp"
#include "planner/nodes/attempts.hpp"
#include "planner/nodes/steps.hpp"

namespace cu::planner {

void AdvanceUpgrading(NodeWork& work) {
  const AttemptVerdict verdict = ExecutorOf(work.entry).look(work);
  switch (verdict.kind) {
    case AttemptVerdict::Kind::kAtWork:
      return;
    case AttemptVerdict::Kind::kDone:
      return MoveOn(work);
    case AttemptVerdict::Kind::kNextAttempt:
      return BeginAttempt(work);
    case AttemptVerdict::Kind::kAttemptFailed:
      return FailAttempt(work, verdict.cause);
    case AttemptVerdict::Kind::kNodeFailed:
      return Fail(work, verdict.cause);
    case AttemptVerdict::Kind::kGiveBack:
      return GiveBack(work, verdict.why);
    case AttemptVerdict::Kind::kUncordoned:
      return Postpone(work, api::PostponeReason::kUncordonedByUser);
  }
}

}  // namespace cu::planner
