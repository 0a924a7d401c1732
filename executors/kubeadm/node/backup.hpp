#pragma once
#include <optional>
#include <string>

#include "node/state.hpp"
#include "node/steps.hpp"

namespace cu::node {

/// What a backup is to hold.
struct BackupWish {
  bool control_plane = false;  ///< manifests, certificates, kubeconfigs
  bool etcd = false;           ///< a copy of the live data, as kubeadm makes one
  bool programs = false;       ///< kubelet, kubectl
};

/// A folder name of its own for a backup of this run.
std::string NewBackup(Host& host, const std::string& version);
/// Its file `complete` is written last: a backup without it counts as none.
Status MakeBackup(Work& work, const Journal& journal, BackupWish wish);
bool IsComplete(Host& host, const std::string& backup);
/// The newest complete one that holds programs that are not of `version`; empty if there is none.
std::string NewestWithPrograms(Host& host, const std::string& version);

/// Of our backups and of kubeadm's leavings in /etc/kubernetes/tmp (each backup of etcd there is a
/// whole copy of its data: phases/upgrade/staticpods.go, performEtcdStaticPodUpgrade) all but the
/// newest go. `keep` stays in any case.
Status PruneBackups(Work& work, const std::string& keep);

/// A manifest that is missing: out of the newest backup of kubeadm, which moves the old one away
/// before it moves the new one in, else out of ours.
std::optional<std::string> FindManifest(Host& host, const std::string& component);

/// The manifest at `path`, if it is a whole pod.
std::optional<std::string> WholeManifest(Host& host, const std::string& path);
/// Folder of kubeadm's newest backup of manifests; empty if there is none.
std::string NewestOfKubeadm(Host& host);
/// Have we a complete backup of before a change to this version?
bool HoldsBackupTo(Host& host, const std::string& version);

/// What differs of the backup's is written back.
Status RestoreManifests(Host& host, const std::string& backup);
Status RestoreCertificates(Host& host, const Journal& journal);
Status RestorePrograms(Host& host, const Journal& journal);
/// Pre: etcd is down, and its manifest is away. The data that is there is set aside, not removed.
Status RestoreEtcdData(Host& host, const Journal& journal);

/// Did the backup hold etcd's data?
bool HoldsEtcdData(Host& host, const std::string& backup);

}  // namespace cu::node
