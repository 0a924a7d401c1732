#include "core/actions/dry_run.hpp"

#include <string>

namespace cu::core {

/// What is answered where a webhook with side effects would have to be called (k8s.io/apiserver
/// pkg/admission/plugin/webhook/errors/statuserror.go, NewDryRunUnsupportedErr).
std::optional<planner::Outcome> JudgeDryRun(const Answer& answer) {
  const std::string& message = answer.status.message;
  return message.starts_with("admission webhook \"") &&
                 message.ends_with("does not support dry run")
             ? std::optional(planner::Outcome::kUnjudged)
             : std::nullopt;
}

}  // namespace cu::core
