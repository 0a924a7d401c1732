#pragma once
#include <functional>
#include <string>
#include <vector>

#include "run.hpp"
#include "scenario.hpp"

namespace cu::simulation {

/// A bug that users of other tools reported, with a scenario in which this controller would fail if
/// it had the same bug.
struct Case {
  std::string name;  ///< what went wrong, and where
  Scenario scenario;
  std::function<void(Run&)> arrange;  ///< prepares the run; may be empty
  std::string end;                    ///< what RunResult::end has to begin with
  /// What else is wrong at the end, or "".
  std::function<std::string(Run&, const RunResult&)> check;
};
std::vector<Case> RegressionCases();
/// Of them, those about upgrade Jobs and their pods, and about what admission refuses.
std::vector<Case> AdmissionCases();
/// Of them, those about what the server and webhooks say.
std::vector<Case> CasesOfAnswers();
/// Of them, those about the taint of nodes that are still to be drained.
std::vector<Case> CasesOfTaints();
/// Of them, those about pods that are saved and created again.
std::vector<Case> CasesOfSavedPods();

/// Of them, those about keys of tokens that are changed.
std::vector<Case> CasesOfTokens();

/// Of them, those about nodes.
std::vector<Case> CasesOfNodes();

/// The programs of the nodes end like this, after so long.
void SetPrograms(Run& run,
                 Outcome of_workers,
                 Duration after,
                 Outcome of_control_plane = Outcome::kSucceeds);
/// Calls `action` once, as soon as a worker is in this step.
void OnceWorkerIsIn(Run& run, const char* step, const std::function<void()>& action);
/// One worker with a pod that its budget does not allow to evict, and this drain timeout in
/// seconds.
Scenario HeldPod(const char* fixture, int timeout);
/// What is still cordoned at the end, or "".
std::string NoCordonLeft(Run& run, const RunResult& result);

}  // namespace cu::simulation
