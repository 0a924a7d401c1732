#include "core/turn.hpp"

#include <map>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

namespace cu::core {

// Catch prints what a comparison saw; enumerators print as their numbers.
std::ostream& operator<<(std::ostream& out, const Turn::Move& move) {
  return out << "to " << static_cast<int>(move.to) << " step " << static_cast<int>(move.step);
}

namespace {

using State = Turn::State;
using Input = Turn::Input;
using Step = Turn::Step;

const std::vector<State> kStates = {State::kIdle, State::kWriting, State::kReading};
const std::vector<Input> kInputs = {Input::kDue,
                                    Input::kMustWrite,
                                    Input::kWriteOk,
                                    Input::kReadOk,
                                    Input::kConflict,
                                    Input::kUnknown,
                                    Input::kRefused,
                                    Input::kGone,
                                    Input::kTermEnded};

TEST_CASE("a plan is made only while no status is on its way", "[core]") {
  for (const State state : kStates) {
    for (const Input input : kInputs) {
      if (Turn::Next(state, input).step == Step::kPlan) {
        CHECK(Turn::Next(state, input).to == State::kIdle);
      }
    }
  }
  CHECK(Turn::Next(State::kIdle, Input::kDue) == Turn::Move{State::kIdle, Step::kPlan});
  CHECK(Turn::Next(State::kWriting, Input::kDue) == Turn::Move{State::kWriting, Step::kNothing});
}

TEST_CASE("a write without a clear answer is followed by a live read, never by another write",
          "[core]") {
  for (const Input input : {Input::kConflict, Input::kUnknown}) {
    CHECK(Turn::Next(State::kWriting, input) == Turn::Move{State::kReading, Step::kGet});
  }
  CHECK(Turn::Next(State::kReading, Input::kMustWrite).step == Step::kNothing);
  CHECK(Turn::Next(State::kReading, Input::kReadOk) == Turn::Move{State::kIdle, Step::kPlan});
}

TEST_CASE("a read that fails is asked again after a back-off", "[core]") {
  CHECK(Turn::Next(State::kReading, Input::kUnknown) ==
        Turn::Move{State::kReading, Step::kBackOff});
  CHECK(Turn::Next(State::kReading, Input::kDue) == Turn::Move{State::kReading, Step::kGet});
}

TEST_CASE("the end of the term ends a turn from every state", "[core]") {
  for (const State state : kStates) {
    CHECK(Turn::Next(state, Input::kTermEnded) == Turn::Move{State::kIdle, Step::kNothing});
  }
}

TEST_CASE("only a write that must be durable starts writing", "[core]") {
  for (const State state : kStates) {
    for (const Input input : kInputs) {
      const Turn::Move move = Turn::Next(state, input);
      CHECK((move.step == Step::kWrite) == (state == State::kIdle && input == Input::kMustWrite));
      CHECK((move.to == State::kWriting && state != State::kWriting) ==
            (move.step == Step::kWrite));
    }
  }
}

}  // namespace
}  // namespace cu::core
