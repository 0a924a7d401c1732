#include "planner/gates/preflight.hpp"

#include <algorithm>
#include <iterator>

#include "planner/executors/executor.hpp"
#include "planner/gates/node_findings.hpp"
#include "planner/gates/questions.hpp"
#include "planner/nodes/attempts.hpp"

namespace cu::planner {
namespace {

using api::FindingType;

bool MayNot(Questions& questions, const std::string& verb, const std::string& resource) {
  return questions.Ask(CheckAccess{verb, resource},
                       "the check of the permission to " + verb + " " + resource) != nullptr;
}

void AskForRights(const Planning& planning, Questions& questions, FindingBook& book) {
  const std::string& name = planning.upgrade().meta.name;
  if (planning.spec().drain.unmanaged_pods == api::UnmanagedPods::kRecreate) {
    const bool pods = MayNot(questions, "create", "pods");
    const bool templates = MayNot(questions, "create", "podtemplates");
    const bool lists = MayNot(questions, "list", "podtemplates");
    if (pods || templates || lists) {
      book.Add(Finding::Blocks(
          FindingType::kRecreateNotAllowed,
          name,
          "spec.drain.unmanagedPods: Recreate needs permissions that the controller does not have; "
          "apply deploy/optional/recreate-pods.yaml, or choose Evict or Refuse"));
    }
  }
  if (planning.spec().drain.on_timeout == api::DrainTimeoutPolicy::kDelete &&
      MayNot(questions, "delete", "pods")) {
    book.Add(Finding::Blocks(
        FindingType::kDeleteNotAllowed,
        name,
        "spec.drain.onTimeout: Delete needs a permission that the controller does not have; apply "
        "deploy/optional/delete-pods.yaml, or choose Fail or Skip"));
  }
}

Finding JobRefused(const std::string& upgrade, const ActionResult& refusal) {
  // A webhook that cannot be asked says nothing about the Job.
  if (refusal.outcome == Outcome::kUnjudged) {
    return Finding::Warns(
        FindingType::kJobRefused,
        upgrade,
        "the API server cannot check the upgrade Job by a dry run: " + refusal.message);
  }
  return Finding::Blocks(
      FindingType::kJobRefused,
      upgrade,
      "the API server rejects the upgrade Job (" + refusal.message +
          "); fix spec.executor.job.template, or the quota or admission policy that rejects it");
}

/// What the first node will ask for, which the server judges without doing it.
void Rehearse(const Planning& planning, Questions& questions, FindingBook& book) {
  const auto& nodes = planning.nodes();
  const auto first = std::find_if(
      nodes.begin(), nodes.end(), [](const NodeView& view) { return view.IsToBeDone(); });
  if (first == nodes.end()) {
    return;
  }
  api::NodeInWork entry = StartWork(planning, *first->scoped);
  ++entry.attempt;
  std::optional<Action> action = ExecutorOf(entry).rehearse(planning, entry);
  if (!action) {
    return;
  }
  if (const ActionResult* refusal =
          questions.Ask(*std::move(action), "the dry run of the upgrade Job")) {
    book.Add(JobRefused(planning.upgrade().meta.name, *refusal));
  }
}

Hold Looking(const Planning& planning, const std::string& answer) {
  const std::string& problem = answer.empty() ? planning.world().survey_problem : answer;
  return Hold::Passing(
      api::HoldReason::kPreflight,
      "checking the pods of the cluster" + (problem.empty() ? "" : " (" + problem + ")"));
}

Hold Refused(const Planning& planning, const std::vector<Finding>& blocking) {
  const bool untouched = !planning.HasBegun() && planning.status().in_progress.empty();
  return Hold::NeedsPerson(api::HoldReason::kPreflightRefused,
                           DescribeFindings(blocking) + (untouched ? ". Nothing was changed" : "") +
                               ". Fix them, or accept them by listing their types in "
                               "spec.preflight.ignore");
}

}  // namespace

GateResult AskPreflight(const Planning& planning, GateMemory& memory) {
  GateResult result;
  if (planning.HasBegun() && !planning.paused()) {
    return result;
  }
  Questions questions(planning, memory.preflight);
  FindingBook book(planning.spec().preflight_ignore);
  AskForRights(planning, questions, book);
  Rehearse(planning, questions, book);
  result.add = questions.Take();
  result.add.Watch(WatchKind::kSurvey, "");
  const Survey* survey = planning.world().survey;
  if (questions.open() || survey == nullptr ||
      survey->made_for != SurveyKey(planning.upgrade().meta, planning.spec().fingerprint)) {
    result.hold = Looking(planning, questions.problem());
    return result;
  }
  std::vector<Finding> findings = book.Take();
  findings.insert(findings.end(), survey->findings.begin(), survey->findings.end());
  std::copy_if(findings.begin(),
               findings.end(),
               std::back_inserter(result.add.refusals),
               [](const Finding& finding) { return finding.blocks; });
  if (!result.add.refusals.empty()) {
    result.hold = Refused(planning, result.add.refusals);
  }
  std::erase_if(findings, [](const Finding& finding) { return finding.blocks; });
  result.warnings = {std::move(findings), survey->more};
  return result;
}

}  // namespace cu::planner
