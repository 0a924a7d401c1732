#include "planner/gates/preflight.hpp"

#include <algorithm>
#include <iterator>

#include "base/text.hpp"
#include "planner/model/survey_result.hpp"
#include "planner/nodes/node_steps.hpp"
#include "planner/pods/losses.hpp"
#include "planner/pods/obstacle.hpp"

namespace cu::planner {
namespace {

constexpr std::size_t kFindingsShown = 20;
constexpr std::size_t kTextMax = 20'000;  // a condition's message holds 32 KiB

/// Questions to the server whose answers preflight needs. What it has agreed to is remembered, so
/// that it is asked once; what it has refused is asked again as its answer allows, and stays
/// refused while the answer is none.
class Questions {
 public:
  explicit Questions(Planning& planning) : planning_(planning) {
    const std::string ours = planning.spec().fingerprint + " ";
    std::erase_if(planning.plan().memory.granted,
                  [&](const auto& granted) { return !granted.starts_with(ours); });
    std::erase_if(planning.plan().memory.refused,
                  [&](const auto& refused) { return !refused.first.starts_with(ours); });
  }

  /// The refusal, or null: agreed to, or not answered yet.
  const Answer* Ask(Act act) {
    const std::string key = planning_.spec().fingerprint + " " + KeyOf(act).object;
    auto& granted = planning_.plan().memory.granted;
    auto& refused = planning_.plan().memory.refused;
    if (granted.contains(key)) {
      return nullptr;
    }
    const Answer* answer = planning_.AnswerTo(act);
    if (answer != nullptr &&
        (answer->verdict == Verdict::kAccepted || answer->verdict == Verdict::kExists)) {
      granted.insert(key);
      refused.erase(key);
      return nullptr;
    }
    if (Refused(answer)) {
      refused[key] = *answer;
    }
    const auto last = refused.find(key);
    if (last == refused.end()) {
      open_ = true;
      if (problem_.empty() && answer != nullptr) {
        problem_ = Describe(act) + " was answered: " + answer->message;
      }
    }
    planning_.Want(std::move(act));
    return last == refused.end() ? nullptr : &last->second;
  }
  bool open() const { return open_; }
  /// What the server says to a question that is open, or "".
  const std::string& problem() const { return problem_; }

 private:
  static std::string Describe(const Act& act) {
    const auto* right = std::get_if<AskRight>(&act);
    return right == nullptr
               ? "the dry run of the upgrade Job"
               : "the question for the right to " + right->verb + " " + right->resource;
  }

  Planning& planning_;
  bool open_ = false;
  std::string problem_;
};

void AskForRights(const Planning& planning, Questions& questions, FindingBook& book) {
  const std::string& name = planning.upgrade().meta.name;
  if (planning.spec().drain.unmanaged_pods == api::UnmanagedPods::kRecreate) {
    const bool pods = questions.Ask(AskRight{"create", "pods"}) != nullptr;
    const bool templates = questions.Ask(AskRight{"create", "podtemplates"}) != nullptr;
    const bool lists = questions.Ask(AskRight{"list", "podtemplates"}) != nullptr;
    if (pods || templates || lists) {
      book.Add({api::FindingType::kRecreateNotAllowed,
                name,
                "spec.drain.unmanagedPods: Recreate needs rights that the controller has not; "
                "apply deploy/optional/recreate-pods.yaml, or choose Evict or Refuse",
                true});
    }
  }
  if (planning.spec().drain.on_timeout == api::DrainTimeoutPolicy::kDelete &&
      questions.Ask(AskRight{"delete", "pods"}) != nullptr) {
    book.Add({api::FindingType::kDeleteNotAllowed,
              name,
              "spec.drain.onTimeout: Delete needs a right that the controller has not; apply "
              "deploy/optional/delete-pods.yaml, or choose Fail or Skip",
              true});
  }
}

/// A Job like the one of the first node, which the server judges without creating it. Its name
/// changes with the spec, so that another template is judged at once.
void TryJob(const Planning& planning, Questions& questions, FindingBook& book) {
  const auto& nodes = planning.scope().nodes;
  const auto first = std::find_if(nodes.begin(), nodes.end(), [&](const ScopedNode& scoped) {
    return planning.IsToBeDone(scoped);
  });
  if (planning.spec().executor.type == api::ExecutorType::kExternal || first == nodes.end()) {
    return;
  }
  api::NodeInWork entry = StartWork(planning, *first);
  ++entry.attempt;
  entry.job_name = "cu-preflight-" + planning.spec().fingerprint;
  CreateJob job = JobOf(planning, entry);
  job.dry_run = true;
  if (const Answer* answer = questions.Ask(std::move(job))) {
    // Some webhooks cannot be asked; that says nothing about the Job.
    const bool judged = answer->message.find("does not support dry run") == std::string::npos;
    book.Add({api::FindingType::kJobRefused,
              planning.upgrade().meta.name,
              judged ? "the API server refuses the upgrade Job (" + answer->message +
                           "); correct spec.executor.job.template, or what refuses it"
                     : "the API server cannot judge the upgrade Job: " + answer->message,
              judged});
  }
}

/// The warnings of an upgrade that has not begun are what preflight finds now.
void ShowWarnings(Planning& planning, const std::vector<Finding>& findings, int more) {
  api::ClusterUpgradeStatus& status = planning.status();
  if (!planning.HasBegun()) {
    std::erase_if(status.warnings,
                  [](const auto& warning) { return api::IsOfPreflight(warning.type); });
    status.warnings_total = static_cast<int>(status.warnings.size());
  }
  int unshown = more;
  for (const Finding& finding : findings) {
    if (!finding.blocks && !planning.AddWarning(finding)) {
      ++unshown;
    }
  }
  status.warnings_total += planning.HasBegun() ? 0 : unshown;
}

Hold Looking(const Planning& planning, const std::string& answer) {
  const std::string& problem = answer.empty() ? planning.world().survey_problem : answer;
  return Hold::Passing(
      api::HoldReason::kPreflight,
      "looking at the pods of the cluster" + (problem.empty() ? "" : " (" + problem + ")"));
}

}  // namespace

std::string DescribeFindings(const std::vector<Finding>& findings) {
  std::string text =
      std::to_string(findings.size()) + (findings.size() == 1 ? " finding: " : " findings: ");
  for (std::size_t i = 0; i < std::min(findings.size(), kFindingsShown); ++i) {
    text += (i == 0 ? "" : "; ") + LineOf(findings[i]);
  }
  if (findings.size() > kFindingsShown) {
    text += "; and " + std::to_string(findings.size() - kFindingsShown) + " more";
    std::optional<api::FindingType> type;
    for (std::size_t i = kFindingsShown; i < findings.size() && text.size() < kTextMax; ++i) {
      text += findings[i].type == type ? ", " : ": " + NameOf(findings[i].type) + " ";
      text += findings[i].object;
      type = findings[i].type;
    }
    text = base::Cut(std::move(text), kTextMax);
  }
  return text;
}

void NoteRefusals(Planning& planning, const std::vector<Finding>& blocking) {
  for (const Finding& finding : blocking) {
    if (planning.plan().refusals.size() < kFindingsShown) {
      planning.plan().refusals.push_back(finding);
    }
  }
}

std::vector<Finding> FindOnNode(const Planning& planning, const api::ObjectMap<api::Pod>& pods) {
  FindingBook book(planning.spec().preflight_ignore);
  const BudgetIndex budgets(planning.world());
  for (const auto& [key, pod] : pods) {
    if (IsToLeave(planning.world(), pod)) {
      FindInPod(planning.world(), budgets, pod, book);
    }
  }
  return book.Take();
}

std::optional<Hold> Preflight(Planning& planning) {
  planning.Watch(WatchKind::kSurvey, "");
  Questions questions(planning);
  FindingBook book(planning.spec().preflight_ignore);
  AskForRights(planning, questions, book);
  TryJob(planning, questions, book);
  const Survey* survey = planning.world().survey;
  if (questions.open() || survey == nullptr ||
      survey->made_for != SurveyKey(planning.upgrade().meta, planning.spec().fingerprint)) {
    return Looking(planning, questions.problem());
  }
  std::vector<Finding> findings = book.Take();
  findings.insert(findings.end(), survey->findings.begin(), survey->findings.end());
  ShowWarnings(planning, findings, survey->more);
  std::vector<Finding> blocking;
  std::copy_if(findings.begin(), findings.end(), std::back_inserter(blocking), [](const auto& one) {
    return one.blocks;
  });
  if (blocking.empty()) {
    return std::nullopt;
  }
  NoteRefusals(planning, blocking);
  const bool untouched = !planning.HasBegun() && planning.status().in_progress.empty();
  return Hold::NeedsPerson(api::HoldReason::kPreflightRefused,
                           DescribeFindings(blocking) + (untouched ? ". Nothing was touched" : "") +
                               ". Cure them, or go on knowingly by naming the types in "
                               "spec.preflight.ignore");
}

}  // namespace cu::planner
