#pragma once
#include <string>

#include "planner/model/contribution.hpp"
#include "planner/model/memory.hpp"
#include "planner/model/planning.hpp"

namespace cu::planner {

/// Questions to the server whose answers preflight needs. What it has agreed to is remembered, so
/// that it is asked once; what it has refused is asked again as its answer allows, and stays
/// refused until it says something better. Private to planner/.
class Questions {
 public:
  /// Forgets what was asked for another spec. Both outlive it.
  Questions(const Planning& planning, PreflightMemory& memory);

  /// The refusal, or null: agreed to, or not answered yet. `words` name the question.
  const ActionResult* Ask(Action action, const std::string& words);

  /// A question was not answered yet.
  bool open() const { return open_; }
  /// What the server says to a question that is open, or "".
  const std::string& problem() const { return problem_; }
  Contribution Take() { return std::move(add_); }

 private:
  const Planning* planning_;
  PreflightMemory* memory_;
  Contribution add_;
  bool open_ = false;
  std::string problem_;
};

}  // namespace cu::planner
