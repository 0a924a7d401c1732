#include "planner/gates/pause.hpp"

namespace cu::planner {

GateResult AskPause(const Planning& planning, GateMemory&) {
  if (!planning.paused()) {
    return {};
  }
  return {Hold::Paused("spec.paused is true")};
}

}  // namespace cu::planner
