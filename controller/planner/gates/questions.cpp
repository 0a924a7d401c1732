#include "planner/gates/questions.hpp"

#include <utility>

namespace cu::planner {

Questions::Questions(const Planning& planning, PreflightMemory& memory)
    : planning_(&planning), memory_(&memory) {
  if (memory.made_for != planning.spec().fingerprint) {
    memory = {planning.spec().fingerprint, {}, {}};
  }
}

const ActionResult* Questions::Ask(Action action, const std::string& words) {
  const ActionKey key = KeyOf(action);
  if (memory_->granted.contains(key)) {
    return nullptr;
  }
  const ActionResult* result = planning_->ResultOf(action);
  if (result != nullptr &&
      (result->outcome == Outcome::kAccepted || result->outcome == Outcome::kExists)) {
    memory_->granted.insert(key);
    memory_->refused.erase(key);
    return nullptr;
  }
  if (result != nullptr && IsRefused(result)) {
    memory_->refused[key] = *result;
  }
  const auto last = memory_->refused.find(key);
  if (last == memory_->refused.end()) {
    open_ = true;
    if (problem_.empty() && result != nullptr) {
      problem_ = words + " failed: " + result->message;
    }
  }
  add_.Want(std::move(action));
  return last == memory_->refused.end() ? nullptr : &last->second;
}

}  // namespace cu::planner
