#include "planner/tokens/looks.hpp"

#include <chrono>

#include "api/reasons.hpp"
#include "base/text.hpp"
#include "planner/tokens/stale_pods.hpp"

namespace cu::planner {
namespace {

constexpr std::size_t kFailedShown = 3;

}  // namespace

const TokenLook* AnsweringLook(const Planning& planning) {
  const Survey* survey = planning.world().survey;
  const std::string question = TokenQuestion(planning.upgrade());
  const bool answers =
      survey != nullptr && !question.empty() && survey->tokens.made_for == question;
  return answers ? &survey->tokens : nullptr;
}

void NoteLook(const TokenLook& look, api::TokenRefreshStatus& status) {
  status.pods = look.pods;
  status.look_time = std::chrono::floor<std::chrono::seconds>(look.began);
  status.laggards.clear();
  for (const StaleWorkload& found : look.workloads) {
    if (status.laggards.size() < kLaggardsMost) {
      status.laggards.push_back(LaggardLine(found));
    }
  }
  status.laggards_total = static_cast<int>(look.workloads.size()) + (look.more ? 1 : 0);
}

void Complete(base::WallTime now, api::TokenRefreshStatus& status) {
  status.phase = api::TokenPhase::kCurrent;
  status.change->completed = now;
  status.droppable = status.change->old_signers;
  status.failures.clear();
}

std::string DescribeFailedRefresh(const api::TokenRefreshStatus& status) {
  base::NameList names(kFailedShown);
  for (const api::FailedWorkload& failure : status.failures) {
    names.Add([&] {
      return LineOf(failure.workload) + " (" + NameOf(failure.reason) + ": " + failure.message +
             ")";
    });
  }
  return "workloads did not come back after pods with old credentials were evicted: " +
         names.Text() +
         "; repair them, and retry: set the annotation clusterupgrade.io/retry to a new value";
}

std::string LaggardLine(const StaleWorkload& found) {
  return LineOf(found.workload) + ": " + std::to_string(found.pods) +
         (found.pods == 1 ? " pod" : " pods");
}

}  // namespace cu::planner
