#pragma once
#include <utility>

namespace cu::core {

/// How the status of a ClusterUpgrade becomes durable: a write, and a read where its outcome is
/// unknown. The whole table is `Next`; whatever it does not name keeps the state and does nothing.
///
/// | from    | input            | to      | step     |
/// |---------|------------------|---------|----------|
/// | Idle    | Begin            | Writing | Nothing  |
/// | Writing | WriteOk          | Idle    | Plan     |
/// | Writing | Conflict,Unknown | Reading | Get      |
/// | Writing | Refused          | Idle    | BackOff  |
/// | Writing | Gone             | Idle    | Forget   |
/// | Reading | Due              | Reading | Get      |
/// | Reading | ReadOk           | Idle    | Plan     |
/// | Reading | Gone             | Idle    | Forget   |
/// | Reading | Unknown,Refused  | Reading | BackOff  |
class WriteCycle {
 public:
  enum class State { kIdle, kWriting, kReading };
  enum class Input {
    kBegin,  ///< a write was sent
    kDue,    ///< a back-off is over
    kWriteOk,
    kReadOk,
    kConflict,  ///< 409: our copy was old
    kUnknown,   ///< no answer, or one that does not fit
    kRefused,   ///< 400, 401, 403, 413, 422, 429: the server will not take it now
    kGone       ///< 404
  };
  enum class Step {
    kNothing,
    kPlan,  ///< on what is durable now
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
