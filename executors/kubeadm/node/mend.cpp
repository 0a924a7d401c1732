#include "node/mend.hpp"

#include <algorithm>
#include <map>

#include "node/backup.hpp"
#include "node/facts.hpp"
#include "node/health.hpp"
#include "node/plan.hpp"
#include "node/unit.hpp"
#include "node/way_back.hpp"

namespace cu::node {
namespace {

Status RestoreOne(Work& work, const std::string& component) {
  const std::optional<std::string> text = FindManifest(work.host, component);
  if (!text) {
    return base::Error{base::ErrorKind::kUnavailable,
                       ManifestPath(component) +
                           " is missing or no whole pod, and no backup of kubeadm's or ours "
                           "holds it: put it back by hand"};
  }
  work.steps.Remember(ManifestPath(component) + " was missing and was put back out of a backup");
  return work.steps.Do("mend", ManifestPath(component) + " out of the newest backup", [&] {
    return work.host.Write(ManifestPath(component), *text);
  });
}

/// kubeadm moves the old manifest away before it moves the new one in
/// (phases/upgrade/staticpods.go, upgradeComponent); killed in between, it cannot help itself:
/// without etcd it reads nothing.
Status RestoreMissing(Work& work) {
  Manifests manifests = ReadManifests(work.host);
  for (const char* component : kKubernetesComponents) {
    if (manifests.count(component) == 0) {
      if (Status restored = RestoreOne(work, component); !restored) {
        return restored;
      }
    }
  }
  manifests = ReadManifests(work.host);
  if (UsesStackedEtcd(manifests.at(kApiServer)) && manifests.count(kEtcd) == 0) {
    return RestoreOne(work, kEtcd);
  }
  return kFine;
}

Status StartKubelet(Work& work) {
  return work.steps.Insist("mend", "the kubelet has to run: systemctl start kubelet", [&] {
    return KubeletUnit(work.host).Start();
  });
}

base::Error Interrupted(const Journal& journal) {
  return {base::ErrorKind::kUnavailable,
          "an earlier attempt to change the control plane to " + journal.version +
              " was ended in the middle"};
}

/// An earlier attempt got as far as starting the changed control plane.
Verdict GoForward(Work& work, Journal journal) {
  const Steps::Whole whole(work.steps);
  Status status = StartKubelet(work);
  if (status) {
    status = work.steps.Do("health", "of the control plane at " + journal.version, [&] {
      return WaitForControlPlane(work, journal.version);
    });
  }
  if (!status) {
    return GoBack(work, journal, status.error());
  }
  status = work.steps.Insist("journal", "the swap of an earlier attempt is done", [&] {
    journal.phase = Phase::kReplacing;
    return journal.programs ? SaveJournal(work.host, journal) : DropJournal(work.host);
  });
  return status ? Verdict{} : Verdict{End::kWhole, status.error()};
}

/// Half done is put back; then this attempt begins anew.
Verdict GoBackFirst(Work& work, const Journal& journal) {
  work.steps.Note("mend", Interrupted(journal).message + ": it is put back first");
  Verdict verdict = GoBack(work, journal, Interrupted(journal));
  return verdict.end == End::kWhole && !LoadJournal(work.host) ? Verdict{} : verdict;
}

/// Component and manifest before, of those that kubeadm changed to the version that is asked for.
/// A new etcd that answers stays: the old one may not read its data, and an older API server works
/// with it.
std::map<std::string, std::string> ChangedByKubeadm(Work& work, const std::string& backup) {
  std::map<std::string, std::string> before;
  for (const auto& [component, manifest] : ReadManifests(work.host)) {
    const auto old = WholeManifest(work.host, backup + "/" + component + ".yaml");
    if (old && *old != manifest.text && !(component == kEtcd && EtcdAnswers(work.host))) {
      before[component] = *old;
    }
  }
  return before;
}

/// The folder of kubeadm's backup that belongs to a change to the version that was never completed;
/// empty if there is none. What a swap of ours changed is not kubeadm's to put back: its newest
/// backup is of an older change then.
std::string KubeadmsBackup(Work& work) {
  const std::string& version = work.options.version;
  if (!TouchesControlPlane(work.options.stage) ||
      LoadFinished(work.host).control_plane == version || HoldsBackupTo(work.host, version)) {
    return "";
  }
  const Manifests now = ReadManifests(work.host);
  const bool begun = std::any_of(
      now.begin(), now.end(), [&](const auto& each) { return TagIs(each.second.tag, version); });
  return begun ? NewestOfKubeadm(work.host) : "";
}

Status PutBack(Work& work, const std::map<std::string, std::string>& before) {
  for (const auto& [component, text] : before) {
    const std::string path = ManifestPath(component);
    if (Status written = work.steps.Insist(
            "put-back", path, [&, &text = text] { return work.host.Write(path, text); });
        !written) {
      return written;
    }
  }
  return work.steps.Do(
      "health", "of the control plane as it was", [&] { return WaitForControlPlane(work, ""); });
}

}  // namespace

Verdict LookAtControlPlane(Work& work) {
  const Status answers = work.steps.Do(
      "look", "does the control plane here answer?", [&] { return WaitForControlPlane(work, ""); });
  if (answers) {
    return {};
  }
  const std::string backup = KubeadmsBackup(work);
  if (backup.empty() || ServerFor(work.host, ReadManifests(work.host)).Ready()) {
    return {End::kNeedsPerson, answers.error()};
  }
  const std::map<std::string, std::string> before = ChangedByKubeadm(work, backup);
  const base::Error why{answers.error().kind,
                        "an earlier attempt was ended while kubeadm changed the static pods to " +
                            work.options.version + ", and the control plane here does not answer " +
                            "with them: " + answers.error().message};
  if (before.empty()) {
    return {End::kNeedsPerson, why};
  }
  const Steps::Whole whole(work.steps);
  if (Status back = PutBack(work, before); !back) {
    return {End::kNeedsPerson,
            {why.kind,
             why.message + "; putting them back out of " + backup +
                 " failed: " + back.error().message}};
  }
  work.steps.Remember("the static pods were put back out of " + backup +
                      ", and the control plane answers");
  return {End::kWhole, why};
}

Verdict Mend(Work& work) {
  const base::Result<Unit> unit = KubeletUnit(work.host).Show();
  if (!unit) {
    return {End::kWhole, unit.error()};
  }
  const std::optional<Journal> journal = LoadJournal(work.host);
  switch (MendingFor({journal, unit->on(), ReadManifests(work.host)})) {
    case Mending::kForward:
      return GoForward(work, *journal);
    case Mending::kGoBack:
      return GoBackFirst(work, *journal);
    case Mending::kForget:
      if (Status dropped = work.steps.Do("mend",
                                         "what an earlier attempt noted has been overtaken",
                                         [&] { return DropJournal(work.host); });
          !dropped) {
        return {End::kWhole, dropped.error()};
      }
      break;
    case Mending::kNothing:
    case Mending::kStartKubelet:
      break;
  }
  if (IsControlPlane(work.host, work.options)) {
    if (Status restored = RestoreMissing(work); !restored) {
      return {End::kNeedsPerson, restored.error()};
    }
  }
  if (!unit->on()) {
    if (Status started = StartKubelet(work); !started) {
      return {End::kNeedsPerson, started.error()};
    }
  }
  return {};
}

}  // namespace cu::node
