#pragma once
#include <utility>

namespace cu::core {

/// One reconcile turn over one ClusterUpgrade; the process has one at a time, other dirty objects
/// queue. The whole table is `Next`; whatever it does not name keeps the state and does nothing.
///
/// | from    | input            | to      | step     |
/// |---------|------------------|---------|----------|
/// | Idle    | Due              | Idle    | Plan     |
/// | Idle    | MustWrite        | Writing | Write    |
/// | Writing | WriteOk          | Idle    | Plan     |
/// | Writing | Conflict,Unknown | Reading | Get      |
/// | Writing | Refused          | Idle    | BackOff  |
/// | Writing | Gone             | Idle    | Forget   |
/// | Reading | Due              | Reading | Get      |
/// | Reading | ReadOk           | Idle    | Plan     |
/// | Reading | Gone             | Idle    | Forget   |
/// | Reading | Unknown,Refused  | Reading | BackOff  |
/// | any     | TermEnded        | Idle    | Nothing  |
class Turn {
 public:
  enum class State { kIdle, kWriting, kReading };
  enum class Input {
    kDue,        ///< something to plan on has changed, or a back-off is over
    kMustWrite,  ///< the plan wants its status durable before anything else
    kWriteOk,
    kReadOk,
    kConflict,  ///< 409: our copy was old
    kUnknown,   ///< no answer, or one that does not fit
    kRefused,   ///< 400, 403, 413, 422: the server will not take it now
    kGone,      ///< 404
    kTermEnded
  };
  enum class Step {
    kNothing,
    kPlan,
    kWrite,
    kGet,
    kForget,  ///< drop what is remembered of the object
    kBackOff
  };
  struct Move {
    State to = State::kIdle;
    Step step = Step::kNothing;
    bool operator==(const Move&) const = default;
  };
  static Move Next(State from, Input input);
};

}  // namespace cu::core
