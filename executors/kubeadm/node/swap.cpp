#include "node/swap.hpp"

#include "node/backup.hpp"
#include "node/health.hpp"
#include "node/kubeadm.hpp"
#include "node/programs.hpp"
#include "node/unit.hpp"
#include "node/way_back.hpp"

namespace cu::node {
namespace {

Journal JournalFor(Work& work, const Facts& facts, const Plan& plan) {
  Journal journal;
  journal.from = facts.server_version;
  journal.version = work.options.version;
  journal.backup = NewBackup(work.host, work.options.version);
  journal.programs = plan.programs && facts.kubelet_on_disk != work.options.version;
  journal.kubelet = facts.kubelet_path;
  journal.kubectl = facts.kubectl_path;
  journal.etcd_data = facts.config.etcd_data;
  journal.certificates = facts.config.certificates;
  journal.etcd_members = facts.etcd_members;
  return journal;
}

Status Enter(Work& work, Journal& journal, Phase phase, const std::string& what) {
  journal.phase = phase;
  return work.steps.Do("journal", what, [&] { return SaveJournal(work.host, journal); });
}

/// All that can be made before anything stops.
Status Prepare(Work& work, const Facts& facts, const Journal& journal, const std::string& config) {
  Status status = MakeBackup(work, journal, {true, work.options.etcd_snapshot, journal.programs});
  if (!status) {
    return status;
  }
  const NodeIdentity identity{
      work.options.node, OwnEndpoint(facts.manifests.at(kApiServer)), facts.node.cri_socket};
  status = work.steps.Do("configuration", config, [&] {
    return work.host.Write(config, SwapConfig(facts.config, journal.version, identity));
  });
  return status && journal.programs ? StagePrograms(work, journal) : status;
}

/// kubeadm's phases wrote what was asked for. An etcd that is newer than the one of this version
/// stays (phases/upgrade/staticpods.go, performEtcdStaticPodUpgrade, does the same).
Status CheckManifests(Work& work, const Facts& facts, const std::string& version) {
  Manifests manifests = ReadManifests(work.host);
  if (!AllAt(manifests, version) || manifests.count(kEtcd) == 0) {
    return base::Error{base::ErrorKind::kUnavailable,
                       "the manifests that kubeadm wrote are not all at " + version};
  }
  const Manifest& before = facts.manifests.at(kEtcd);
  if (OlderTag(manifests.at(kEtcd).tag, before.tag)) {
    work.steps.Note("manifests", "etcd stays at " + before.tag);
    return work.host.Write(ManifestPath(kEtcd), before.text);
  }
  return kFine;
}

Status ChangeAll(Work& work,
                 const Facts& facts,
                 const Journal& journal,
                 const std::string& config) {
  Status status = RenewCertificates(work, config);
  if (status) {
    status = WriteManifests(work, config, true);
  }
  if (status) {
    status = work.steps.Do("manifests", "all at " + journal.version + "?", [&] {
      return CheckManifests(work, facts, journal.version);
    });
  }
  if (status && journal.programs) {
    status = PlaceStagedPrograms(work, journal);
    if (status) {
      status = work.steps.Do(
          "daemon-reload", "systemctl", [&] { return KubeletUnit(work.host).Reload(); });
    }
  }
  return status;
}

Status Swap(Work& work, const Facts& facts, Journal& journal, const std::string& config) {
  const KubeletUnit unit(work.host);
  Steps& steps = work.steps;
  Status status = steps.Do("stop-kubelet", "systemctl stop kubelet", [&] { return unit.Stop(); });
  if (status) {
    status = Enter(work, journal, Phase::kChanging, "the static pods are being changed");
  }
  if (status) {
    status = ChangeAll(work, facts, journal, config);
  }
  if (status) {
    status = steps.Do("end-static-pods", "the old processes of the control plane", [&] {
      return EndStaticPods(work, facts.manifests);
    });
  }
  if (status) {
    status = Enter(work, journal, Phase::kStarting, "all is changed, the kubelet starts");
  }
  if (status) {
    status = steps.Do("start-kubelet", "systemctl start kubelet", [&] { return unit.Start(); });
  }
  if (status) {
    status = steps.Do("health", "of the control plane at " + journal.version, [&] {
      return WaitForControlPlane(work, journal.version);
    });
  }
  return status;
}

/// The control plane is at the version; kubeadm uploads the configuration, the addons and the rest.
Verdict Complete(Work& work, const Plan& plan, const Journal& journal) {
  const Status upgraded = KubeadmUpgrade(work, plan.first);
  if (!upgraded) {
    work.steps.Remember("the static pods run " + journal.version +
                        " and stay; the next attempt completes the rest");
    return {End::kWhole, upgraded.error()};
  }
  return journal.programs ? RestartKubelet(work, journal) : Verdict{};
}

}  // namespace

Verdict OneSwap(Work& work, const Facts& facts, const Plan& plan) {
  Journal journal = JournalFor(work, facts, plan);
  const std::string config = journal.backup + "/kubeadm.yaml";
  Status status = Prepare(work, facts, journal, config);
  if (status) {
    status = Enter(work, journal, Phase::kStopping, "the swap begins");
  }
  if (!status) {
    return {End::kWhole, status.error()};
  }
  {
    const Steps::Whole whole(work.steps);
    status = Swap(work, facts, journal, config);
    if (!status) {
      return GoBack(work, journal, status.error());
    }
    status = work.steps.Insist("journal", "the swap is done", [&] {
      journal.phase = Phase::kReplacing;
      return journal.programs ? SaveJournal(work.host, journal) : DropJournal(work.host);
    });
  }
  return status ? Complete(work, plan, journal) : Verdict{End::kWhole, status.error()};
}

Verdict PlainUpgrade(Work& work, const Plan& plan) {
  const Status upgraded = KubeadmUpgrade(work, plan.first);
  if (upgraded) {
    const Status healthy = work.steps.Do("health", "at " + work.options.version, [&] {
      return WaitForControlPlane(work, work.options.version);
    });
    return healthy ? Verdict{} : Verdict{End::kNeedsPerson, healthy.error()};
  }
  const Status healthy = work.steps.Insist(
      "health", "of the control plane", [&] { return WaitForControlPlane(work, ""); });
  if (!healthy) {
    return {End::kNeedsPerson,
            {upgraded.error().kind,
             upgraded.error().message +
                 "; and the control plane here does not answer: " + healthy.error().message}};
  }
  work.steps.Remember("kubeadm itself went back as far as it could; the control plane answers");
  return {End::kWhole, upgraded.error()};
}

}  // namespace cu::node
