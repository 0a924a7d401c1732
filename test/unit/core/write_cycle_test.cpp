#include "core/write_cycle.hpp"

#include <ostream>
#include <vector>

#include <catch2/catch.hpp>

namespace cu::core {

// Catch prints what a comparison saw; enumerators print as their numbers.
std::ostream& operator<<(std::ostream& out, const WriteCycle::Move& move) {
  return out << "to " << static_cast<int>(move.to) << " step " << static_cast<int>(move.step);
}

namespace {

using State = WriteCycle::State;
using Input = WriteCycle::Input;
using Step = WriteCycle::Step;
using Move = WriteCycle::Move;

const std::vector<State> kStates = {State::kIdle, State::kWriting, State::kReading};
const std::vector<Input> kInputs = {Input::kBegin,
                                    Input::kDue,
                                    Input::kWriteOk,
                                    Input::kReadOk,
                                    Input::kConflict,
                                    Input::kUnknown,
                                    Input::kRefused,
                                    Input::kGone};

TEST_CASE("a plan is made only while no status is on its way", "[core]") {
  for (const State state : kStates) {
    for (const Input input : kInputs) {
      if (WriteCycle::Next(state, input).step == Step::kPlan) {
        CHECK(WriteCycle::Next(state, input).to == State::kIdle);
      }
    }
  }
  CHECK(WriteCycle::Next(State::kWriting, Input::kWriteOk) == Move{State::kIdle, Step::kPlan});
  CHECK(WriteCycle::Next(State::kWriting, Input::kDue) == Move{State::kWriting, Step::kNothing});
}

TEST_CASE("a write without a clear answer is followed by a live read, never by another write",
          "[core]") {
  for (const Input input : {Input::kConflict, Input::kUnknown}) {
    CHECK(WriteCycle::Next(State::kWriting, input) == Move{State::kReading, Step::kGet});
  }
  CHECK(WriteCycle::Next(State::kReading, Input::kBegin) == Move{State::kReading, Step::kNothing});
  CHECK(WriteCycle::Next(State::kReading, Input::kReadOk) == Move{State::kIdle, Step::kPlan});
}

TEST_CASE("a write that was refused backs off, and its object may be planned on", "[core]") {
  CHECK(WriteCycle::Next(State::kWriting, Input::kRefused) == Move{State::kIdle, Step::kBackOff});
}

TEST_CASE("an object that is gone is forgotten, whether it was written or read", "[core]") {
  for (const State state : {State::kWriting, State::kReading}) {
    CHECK(WriteCycle::Next(state, Input::kGone) == Move{State::kIdle, Step::kForget});
  }
}

TEST_CASE("a read that fails is asked again after a back-off", "[core]") {
  for (const Input input : {Input::kUnknown, Input::kRefused}) {
    CHECK(WriteCycle::Next(State::kReading, input) == Move{State::kReading, Step::kBackOff});
  }
  CHECK(WriteCycle::Next(State::kReading, Input::kDue) == Move{State::kReading, Step::kGet});
}

TEST_CASE("only a write that was sent starts writing", "[core]") {
  for (const State state : kStates) {
    for (const Input input : kInputs) {
      const Move move = WriteCycle::Next(state, input);
      CHECK((move.to == State::kWriting && state != State::kWriting) ==
            (state == State::kIdle && input == Input::kBegin));
    }
  }
  CHECK(WriteCycle::Next(State::kIdle, Input::kBegin) == Move{State::kWriting, Step::kNothing});
}

TEST_CASE("nothing but a write stirs what is idle", "[core]") {
  for (const Input input : kInputs) {
    if (input != Input::kBegin) {
      CHECK(WriteCycle::Next(State::kIdle, input) == Move{State::kIdle, Step::kNothing});
    }
  }
}

}  // namespace
}  // namespace cu::core
