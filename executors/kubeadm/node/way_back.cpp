#include "node/way_back.hpp"

#include <algorithm>
#include <csignal>

#include "node/backup.hpp"
#include "node/health.hpp"
#include "node/programs.hpp"
#include "node/unit.hpp"

namespace cu::node {
namespace {

constexpr std::chrono::milliseconds kLookEvery{50};
constexpr std::chrono::milliseconds kServerGrace{1000};
constexpr std::chrono::milliseconds kEtcdGrace{10000};

std::vector<int> Running(Host& host, const Manifest& manifest) {
  std::vector<int> pids;
  for (const Process& process : host.Processes()) {
    if (process.arguments == manifest.command && !process.arguments.empty()) {
      pids.push_back(process.pid);
    }
  }
  return pids;
}

void SignalAll(Host& host, const Manifest& manifest, int signal) {
  for (const int pid : Running(host, manifest)) {
    host.Signal(pid, signal);
  }
}

/// SIGTERM, and SIGKILL after `grace`.
void EndPod(Host& host, const Manifest& manifest, std::chrono::milliseconds grace) {
  SignalAll(host, manifest, SIGTERM);
  const std::chrono::milliseconds until = host.Steady() + grace;
  while (!Running(host, manifest).empty() && host.Steady() < until) {
    host.Wait(kLookEvery);
  }
  SignalAll(host, manifest, SIGKILL);
}

/// Those of the manifests now that the backup has otherwise.
Manifests Changed(Host& host, const std::string& backup) {
  Manifests changed;
  for (auto& [component, manifest] : ReadManifests(host)) {
    if (host.Read(backup + "/manifests/" + component + ".yaml") != manifest.text) {
      changed.emplace(component, manifest);
    }
  }
  return changed;
}

Status Enter(Work& work, Journal& journal, Phase phase) {
  journal.phase = phase;
  return work.steps.Insist(
      "journal",
      phase == Phase::kDataBack ? "etcd's data is being put back" : "the way back begins",
      [&] { return SaveJournal(work.host, journal); });
}

Status StopKubelet(Work& work) {
  return work.steps.Insist(
      "stop-kubelet", "systemctl stop kubelet", [&] { return KubeletUnit(work.host).Stop(); });
}

Status StartAndWait(Work& work, const Journal& journal) {
  const KubeletUnit unit(work.host);
  Status status =
      work.steps.Insist("start-kubelet", "systemctl start kubelet", [&] { return unit.Start(); });
  if (!status) {
    return status;
  }
  return work.steps.Do("health", "of the control plane as it was, " + journal.from, [&] {
    return WaitForControlPlane(work, journal.from);
  });
}

Status RestoreAll(Work& work, const Journal& journal) {
  Steps& steps = work.steps;
  Status status = steps.Insist("put-back", "manifests out of " + journal.backup, [&] {
    return RestoreManifests(work.host, journal.backup);
  });
  if (status) {
    status = steps.Insist("put-back", "certificates and kubeconfigs", [&] {
      return RestoreCertificates(work.host, journal);
    });
  }
  if (status && journal.programs) {
    status = steps.Insist(
        "put-back", journal.kubelet, [&] { return RestorePrograms(work.host, journal); });
    if (status) {
      status = steps.Insist("put-back", "what was staged is removed", [&] {
        return RemoveStagedPrograms(work, journal);
      });
    }
    if (status) {
      status = steps.Insist(
          "daemon-reload", "systemctl", [&] { return KubeletUnit(work.host).Reload(); });
    }
  }
  return status;
}

/// etcd's manifest is away while its folder changes: a start of the machine in between must not let
/// etcd make a new, empty cluster.
Status PutDataBack(Work& work, Journal& journal) {
  if (journal.phase != Phase::kDataBack) {
    journal.set_aside = "member.set-aside-" + base::FormatTime(work.host.Now());
    std::replace(journal.set_aside.begin(), journal.set_aside.end(), ':', '-');
    if (Status entered = Enter(work, journal, Phase::kDataBack); !entered) {
      return entered;
    }
  }
  if (Status stopped = StopKubelet(work); !stopped) {
    return stopped;
  }
  Steps& steps = work.steps;
  Status status =
      steps.Insist("end-static-pods", "the processes of the control plane", [&]() -> Status {
        return EndStaticPods(work, ReadManifests(work.host));
      });
  if (status) {
    status = steps.Insist("etcd-data", "etcd's manifest is taken away meanwhile", [&] {
      return work.host.Remove(ManifestPath(kEtcd));
    });
  }
  if (status) {
    status = steps.Insist("etcd-data",
                          "the copy of before; what is there stays as " + journal.set_aside,
                          [&] { return RestoreEtcdData(work.host, journal); });
  }
  if (status) {
    status = RestoreAll(work, journal);
  }
  return status ? StartAndWait(work, journal) : status;
}

/// Why etcd's data cannot come back; empty if it can.
std::string AgainstData(Host& host, const Journal& journal) {
  if (EtcdAnswers(host)) {
    return "etcd answers, so its data was left alone";
  }
  if (journal.etcd_members != 1) {
    return "etcd has " + std::to_string(journal.etcd_members) +
           " members, so its data was left alone: remove this member and let the node join anew";
  }
  if (!HoldsEtcdData(host, journal.backup)) {
    return "there is no copy of etcd's data of before";
  }
  return "";
}

Verdict NeedsPerson(const base::Error& why, const std::string& rest) {
  return {End::kNeedsPerson, {why.kind, why.message + "; going back failed: " + rest}};
}

}  // namespace

Status EndStaticPods(Work& work, const Manifests& manifests) {
  if (const auto server = manifests.find(kApiServer); server != manifests.end()) {
    EndPod(work.host, server->second, kServerGrace);
  }
  for (const char* component : {"kube-controller-manager", "kube-scheduler"}) {
    if (const auto found = manifests.find(component); found != manifests.end()) {
      SignalAll(work.host, found->second, SIGTERM);
    }
  }
  if (const auto etcd = manifests.find(kEtcd); etcd != manifests.end()) {
    EndPod(work.host, etcd->second, kEtcdGrace);
  }
  return kFine;
}

Verdict GoBack(Work& work, Journal journal, const base::Error& why) {
  const Steps::Whole whole(work.steps);
  Status status = kFine;
  if (journal.phase == Phase::kDataBack) {
    status = PutDataBack(work, journal);
  } else {
    const bool may_run = journal.phase == Phase::kStarting || journal.phase == Phase::kGoingBack;
    status = Enter(work, journal, Phase::kGoingBack);
    status = status ? StopKubelet(work) : status;
    if (status && may_run) {
      status = work.steps.Insist("end-static-pods", "what was changed", [&] {
        return EndStaticPods(work, Changed(work.host, journal.backup));
      });
    }
    status = status ? RestoreAll(work, journal) : status;
    if (!status) {
      return NeedsPerson(why, status.error().message);
    }
    status = StartAndWait(work, journal);
    if (!status) {
      const std::string against = AgainstData(work.host, journal);
      if (!against.empty()) {
        return NeedsPerson(why, status.error().message + "; " + against);
      }
      status = PutDataBack(work, journal);
    }
  }
  if (!status) {
    return NeedsPerson(why, status.error().message);
  }
  work.steps.Remember("the control plane" +
                      std::string(journal.programs ? ", the kubelet and kubectl were" : " was") +
                      " put back as before, at " + journal.from + ", and answers");
  if (journal.phase == Phase::kDataBack) {
    work.steps.Remember("etcd's data is the copy of before the change; what came after it is in " +
                        journal.etcd_data + "/" + journal.set_aside);
  }
  status = work.steps.Insist("journal", "all is back", [&] { return DropJournal(work.host); });
  return {End::kWhole, status ? why : status.error()};
}

}  // namespace cu::node
