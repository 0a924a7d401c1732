#include "core/write_cycle.hpp"

#include <array>

namespace cu::core {
namespace {

using State = WriteCycle::State;
using Input = WriteCycle::Input;
using Step = WriteCycle::Step;

struct Row {
  State from = State::kIdle;
  Input input = Input::kDue;
  WriteCycle::Move move;
};

constexpr auto kTable = std::to_array<Row>({
    {State::kIdle, Input::kBegin, {State::kWriting, Step::kNothing}},
    {State::kWriting, Input::kWriteOk, {State::kIdle, Step::kPlan}},
    {State::kWriting, Input::kConflict, {State::kReading, Step::kGet}},
    {State::kWriting, Input::kUnknown, {State::kReading, Step::kGet}},
    {State::kWriting, Input::kRefused, {State::kIdle, Step::kBackOff}},
    {State::kWriting, Input::kGone, {State::kIdle, Step::kForget}},
    {State::kReading, Input::kDue, {State::kReading, Step::kGet}},
    {State::kReading, Input::kReadOk, {State::kIdle, Step::kPlan}},
    {State::kReading, Input::kGone, {State::kIdle, Step::kForget}},
    {State::kReading, Input::kUnknown, {State::kReading, Step::kBackOff}},
    {State::kReading, Input::kRefused, {State::kReading, Step::kBackOff}},
});

}  // namespace

WriteCycle::Move WriteCycle::Next(State from, Input input) {
  for (const Row& row : kTable) {
    if (row.from == from && row.input == input) {
      return row.move;
    }
  }
  return {from, Step::kNothing};
}

}  // namespace cu::core
