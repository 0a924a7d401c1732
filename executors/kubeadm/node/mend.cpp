#include "node/mend.hpp"

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

}  // namespace

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
