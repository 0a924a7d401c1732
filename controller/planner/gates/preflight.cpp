#include "planner/gates/preflight.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.hpp"
#include "planner/executors/executor.hpp"
#include "planner/gates/node_findings.hpp"
#include "planner/gates/questions.hpp"
#include "planner/gates/removed_apis.hpp"
#include "planner/gates/version_findings.hpp"
#include "planner/gates/webhook_findings.hpp"
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

/// What a refused question of the executor, or a refused cordon, means.
struct RefusedRow {
  ActionKind kind;
  FindingType type;
  std::string_view question;  ///< "the dry run of …"
  std::string_view what;
  std::string_view cure;
};
constexpr auto kRefusals = std::to_array<RefusedRow>({
    {ActionKind::kDryRunJob,
     FindingType::kJobRefused,
     "the dry run of the upgrade Job",
     "the upgrade Job",
     "fix spec.executor.job.template, or the quota or admission policy that rejects it"},
    {ActionKind::kDryRunPod,
     FindingType::kPodRefused,
     "the dry run of the upgrade Job's pod",
     "the pod of the upgrade Job",
     "fix spec.executor.job.template, or the quota, LimitRange, Pod Security level or admission "
     "policy of the namespace of Jobs that rejects it"},
    {ActionKind::kDryRunCordon,
     FindingType::kCordonRefused,
     "the dry run of a cordon",
     "the cordon of this node",
     "fix the admission policy or the field manager that rejects it"},
});

const RefusedRow& RowOf(ActionKind kind) {
  const auto* const found = std::find_if(
      kRefusals.begin(), kRefusals.end(), [&](const RefusedRow& row) { return row.kind == kind; });
  CU_CHECK(found != kRefusals.end());
  return *found;
}

Finding FindingOf(const RefusedRow& row, const std::string& object, const ActionResult& refusal) {
  const std::string what(row.what);
  // A webhook that cannot be asked says nothing about it.
  if (refusal.outcome == Outcome::kUnjudged) {
    return Finding::Warns(
        row.type,
        object,
        "the API server cannot check " + what + " by a dry run: " + refusal.message);
  }
  return Finding::Blocks(
      row.type,
      object,
      "the API server rejects " + what + " (" + refusal.message + "); " + std::string(row.cure));
}

/// False if the server refuses it.
bool Rehearse(Action action, const std::string& object, Questions& questions, FindingBook& book) {
  const RefusedRow& row = RowOf(KeyOf(action).kind);
  const ActionResult* refusal = questions.Ask(std::move(action), std::string(row.question));
  if (refusal == nullptr) {
    return true;
  }
  book.Add(FindingOf(row, object, *refusal));
  return refusal->outcome == Outcome::kUnjudged;
}

/// What the first node will ask for, which the server judges without doing it.
void RehearseAttempt(const Planning& planning,
                     const NodeView& first,
                     Questions& questions,
                     FindingBook& book) {
  api::NodeInWork entry = StartWork(planning, *first.scoped);
  entry.attempt += entry.step == api::NodeStep::kUpgrading ? 0 : 1;
  for (Action& action : ExecutorOf(entry).rehearse(planning, entry)) {
    if (!Rehearse(std::move(action), planning.upgrade().meta.name, questions, book)) {
      return;
    }
  }
}

/// One node of each pool is asked for: policies tell pools apart by their labels.
void RehearseCordons(const Planning& planning, Questions& questions, FindingBook& book) {
  std::set<std::string> asked;
  for (const NodeView& view : planning.nodes()) {
    if (view.IsToBeDone() && !view.marked && asked.insert(view.scoped->pool).second) {
      const std::string& uid = view.node().meta.uid;
      Rehearse(
          CordonNode{view.name(), uid, planning.Mark(), "", true}, view.name(), questions, book);
    }
  }
}

void AskForActs(const Planning& planning, Questions& questions, FindingBook& book) {
  const auto& nodes = planning.nodes();
  const auto first = std::find_if(
      nodes.begin(), nodes.end(), [](const NodeView& view) { return view.IsToBeDone(); });
  if (first != nodes.end()) {
    RehearseAttempt(planning, *first, questions, book);
    RehearseCordons(planning, questions, book);
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
  AskForActs(planning, questions, book);
  FindInVersions(planning, book);
  const bool asked = FindRemovedApis(planning, book);
  const bool etcd = FindEtcdSkips(planning, book);
  const bool webhooks = KnowsWebhooks(planning);
  // A server that cannot ask its webhooks leaves questions open.
  const bool unanswered = webhooks && FindWebhooks(planning, book);
  result.add = questions.Take();
  WatchWebhooks(planning, result.add);
  if (PassesMinors(planning)) {
    result.add.Watch(WatchKind::kDeprecatedApis, "");
  }
  result.add.Watch(WatchKind::kSurvey, "");
  const Survey* survey = planning.world().survey;
  if ((questions.open() && !unanswered) || !asked || !etcd || !webhooks || survey == nullptr ||
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
