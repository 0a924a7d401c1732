#include "node/upgrade.hpp"

#include "base/text.hpp"
#include "node/backup.hpp"
#include "node/facts.hpp"
#include "node/kubeadm.hpp"
#include "node/mend.hpp"
#include "node/plan.hpp"
#include "node/programs.hpp"
#include "node/room.hpp"
#include "node/swap.hpp"
#include "node/unit.hpp"

namespace cu::node {
namespace {

constexpr std::chrono::seconds kLockPatience{120};
/// What is kept of a container's end is 2048 bytes (FallbackToLogsOnError).
constexpr std::size_t kReportMax = 1300;

Verdict From(const Status& status) {
  if (status) {
    return {};
  }
  return {End::kWhole, status.error()};
}

Status CheckPatches(Work& work) {
  const std::string& patches = work.options.patches;
  if (!patches.empty() && !work.host.Exists(patches)) {
    return base::Error{base::ErrorKind::kInvalid,
                       "--patches is \"" + patches +
                           "\", and the host has no such folder: write one that is there"};
  }
  return kFine;
}

/// The static pods; what it changes is complete when it ends well.
Verdict ChangeControlPlane(Work& work, const Facts& facts, const Plan& plan) {
  const Verdict verdict = plan.one_swap ? OneSwap(work, facts, plan) : PlainUpgrade(work, plan);
  if (!verdict.ok()) {
    return verdict;
  }
  Finished finished = LoadFinished(work.host);
  finished.control_plane = work.options.version;
  return From(work.steps.Do("finished", "the control plane of this node", [&] {
    return SaveFinished(work.host, finished);
  }));
}

/// The kubelet's part, unless a swap has done it.
Verdict ChangePrograms(Work& work, const Plan& plan) {
  const base::Result<Facts> facts = GatherFacts(work);
  if (!facts) {
    return {End::kWhole, facts.error()};
  }
  const bool swapped = plan.control_plane && plan.one_swap &&
                       facts->kubelet_on_disk == work.options.version &&
                       facts->node.kubelet_version == work.options.version;
  if (!swapped) {
    if (!plan.control_plane) {
      if (Status upgraded = KubeadmUpgrade(work, false); !upgraded) {
        return {End::kWhole, upgraded.error()};
      }
    }
    if (Verdict replaced = ReplacePrograms(work, *facts); !replaced.ok()) {
      return replaced;
    }
  }
  Finished finished = LoadFinished(work.host);
  finished.node = work.options.version;
  return From(work.steps.Do("finished", "the kubelet and kubectl of this node", [&] {
    return SaveFinished(work.host, finished);
  }));
}

Verdict Change(Work& work, const Facts& facts, const Plan& plan) {
  const std::optional<Journal> journal = LoadJournal(work.host);
  Status status = PruneBackups(work, journal ? journal->backup : "");
  if (status) {
    status = work.steps.Do("room", "is there enough space?", [&] {
      return CheckRoom(work.host, RoomFor(work, facts, plan));
    });
  }
  if (status) {
    status = Preflight(work, plan);
  }
  if (!status) {
    return {End::kWhole, status.error()};
  }
  Verdict verdict;
  if (plan.control_plane) {
    verdict = ChangeControlPlane(work, facts, plan);
  }
  if (verdict.ok() && plan.programs) {
    verdict = ChangePrograms(work, plan);
  }
  return verdict.ok() ? From(PruneBackups(work, "")) : verdict;
}

Verdict Run(Work& work) {
  if (Status locked =
          work.host.Lock(kLockPath,
                         work.options.node + ", attempt " + std::to_string(work.options.attempt) +
                             ", since " + base::FormatTime(work.host.Now()),
                         kLockPatience);
      !locked) {
    return {End::kWhole, locked.error()};
  }
  if (Verdict mended = Mend(work); !mended.ok()) {
    return mended;
  }
  if (IsControlPlane(work.host, work.options)) {
    if (Verdict answers = LookAtControlPlane(work); !answers.ok()) {
      return answers;
    }
  }
  if (Status patches = CheckPatches(work); !patches) {
    return From(patches);
  }
  const base::Result<Facts> facts = GatherFacts(work);
  if (!facts) {
    return {End::kWhole, facts.error()};
  }
  const base::Result<Plan> plan = MakePlan(work.options, *facts);
  if (!plan) {
    return {End::kWhole, plan.error()};
  }
  if (plan->nothing) {
    work.steps.Note("plan", "nothing to do: " + plan->why);
    return {};
  }
  work.steps.Note(
      "plan",
      std::string(NameOf(work.options.stage)) + " from " + facts->server_version +
          (plan->control_plane ? plan->one_swap ? ", in one swap: " : ", by kubeadm: " : ": ") +
          plan->why);
  return Change(work, *facts, *plan);
}

int CodeFor(const Verdict& verdict) {
  switch (verdict.end) {
    case End::kDone:
      return kExitDone;
    case End::kNeedsPerson:
      return kExitNeedsPerson;
    case End::kWhole:
      break;
  }
  return verdict.error.kind == base::ErrorKind::kInvalid ? kExitWrongInput : kExitWhole;
}

std::string ReportOf(Work& work, const Verdict& verdict) {
  const Options& options = work.options;
  const std::string subject =
      "node " + options.node + ", " + NameOf(options.stage) + ", " + options.version;
  std::string report;
  if (verdict.ok()) {
    for (const std::string& sentence : work.steps.remembered()) {
      report += "note: " + sentence + "\n";
    }
    return report + "done: " + subject;
  }
  report = "failed: " + subject + ": " + base::Cut(verdict.error.message, kReportMax) + "\n";
  for (const std::string& sentence : work.steps.remembered()) {
    report += "what was done: " + sentence + "\n";
  }
  if (verdict.end == End::kNeedsPerson) {
    report +=
        std::string("this node needs a person: its backups are in ") + kStateFolder + "/backups\n";
  } else if (work.steps.remembered().empty()) {
    report += "what was done: nothing that has to be put back; the node is whole\n";
  }
  return report + "to see more: kubectl logs of this pod; on the node: journalctl --unit=kubelet";
}

}  // namespace

int Upgrade(Host& host, const Options& options) {
  Steps steps(host);
  Work work{host, steps, options};
  const Verdict verdict = Run(work);
  host.Conclude(ReportOf(work, verdict));
  return CodeFor(verdict);
}

}  // namespace cu::node
