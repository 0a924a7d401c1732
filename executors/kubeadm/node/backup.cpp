#include "node/backup.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "node/manifests.hpp"

namespace cu::node {
namespace {

constexpr const char* kBackups = "/var/lib/cluster-upgrade/backups";
constexpr const char* kKubeadmTmp = "/etc/kubernetes/tmp";
constexpr std::array kKubeconfigs{
    "admin.conf", "super-admin.conf", "controller-manager.conf", "scheduler.conf"};

/// Paths of the folders in `folder` whose names begin with `prefix`, the newest first: the names
/// hold the time.
std::vector<std::string> Newest(Host& host, const std::string& folder, const std::string& prefix) {
  std::vector<std::string> paths;
  for (const Entry& entry : host.List(folder)) {
    if (entry.is_folder && entry.name.rfind(prefix, 0) == 0) {
      paths.insert(paths.begin(), folder + "/" + entry.name);
    }
  }
  return paths;
}

/// The files below `from` are written over those of the same name below `to` where they differ.
Status WriteBack(Host& host, const std::string& from, const std::string& to) {
  for (const Entry& entry : host.List(from)) {
    const std::string source = from + "/" + entry.name;
    const std::string target = to + "/" + entry.name;
    if (entry.is_folder) {
      if (Status inner = WriteBack(host, source, target);
          !inner) {  // NOLINT(misc-no-recursion): a tree
        return inner;
      }
      continue;
    }
    const std::optional<std::string> text = host.Read(source);
    if (text && host.Read(target) != text) {
      if (Status written = host.Write(target, *text); !written) {
        return written;
      }
    }
  }
  return kFine;
}

Status PutProgram(Host& host, const std::string& from, const std::string& to) {
  const std::size_t slash = to.rfind('/');
  const std::string beside = to.substr(0, slash + 1) + "." + to.substr(slash + 1) + ".back";
  if (Status removed = host.Remove(beside); !removed) {
    return removed;
  }
  if (Status copied = host.Copy(from, beside); !copied) {
    return copied;
  }
  return host.Rename(beside, to);
}

}  // namespace

std::string NewBackup(Host& host, const std::string& version) {
  std::string stamp = base::FormatMilliTime(host.Now());
  stamp.erase(
      std::remove_if(stamp.begin(), stamp.end(), [](char c) { return c == ':' || c == '-'; }),
      stamp.end());
  return std::string(kBackups) + "/" + stamp + "-to-" + version;
}

bool IsComplete(Host& host, const std::string& backup) {
  return host.Exists(backup + "/complete");
}

Status MakeBackup(Work& work, const Journal& journal, BackupWish wish) {
  Host& host = work.host;
  const auto copy = [&](const std::string& from, const std::string& name) -> Status {
    const std::string to = journal.backup + "/" + name;
    if (!host.Exists(from)) {
      return kFine;
    }
    return work.steps.Do("backup", from + " to " + to, [&] { return host.Copy(from, to); });
  };
  std::vector<std::pair<std::string, std::string>> all;
  if (wish.control_plane) {
    all.emplace_back(kManifestFolder, "manifests");
    all.emplace_back(journal.certificates, "pki");
    for (const char* name : kKubeconfigs) {
      all.emplace_back("/etc/kubernetes/" + std::string(name), "kubeconfigs/" + std::string(name));
    }
  }
  if (wish.programs) {
    all.emplace_back(journal.kubelet, "programs/kubelet");
    if (!journal.kubectl.empty()) {
      all.emplace_back(journal.kubectl, "programs/kubectl");
    }
  }
  if (wish.etcd) {
    all.emplace_back(journal.etcd_data, "etcd");
  }
  for (const auto& [from, name] : all) {
    if (Status copied = copy(from, name); !copied) {
      return copied;
    }
  }
  return host.Write(journal.backup + "/complete", journal.from + " to " + journal.version + "\n");
}

std::string NewestWithPrograms(Host& host, const std::string& version) {
  for (const std::string& backup : Newest(host, kBackups, "")) {
    if (!IsComplete(host, backup) || !host.Exists(backup + "/programs/kubelet")) {
      continue;
    }
    const Outcome says = host.Run({backup + "/programs/kubelet", {"--version"}});
    if (says.ok() && says.out.find(version) == std::string::npos) {
      return backup;
    }
  }
  return "";
}

Status PruneBackups(Work& work, const std::string& keep) {
  Host& host = work.host;
  std::vector<std::string> doomed;
  bool newest = true;
  for (const std::string& backup : Newest(host, kBackups, "")) {
    if (backup == keep) {
      newest = false;
    } else if (newest && IsComplete(host, backup)) {
      newest = false;
    } else {
      doomed.push_back(backup);
    }
  }
  for (const char* prefix : {"kubeadm-backup-manifests", "kubeadm-backup-etcd"}) {
    std::vector<std::string> old = Newest(host, kKubeadmTmp, prefix);
    if (!old.empty()) {
      doomed.insert(doomed.end(), old.begin() + 1, old.end());
    }
  }
  for (std::string& made : Newest(host, kKubeadmTmp, "kubeadm-upgraded-manifests")) {
    doomed.push_back(std::move(made));
  }
  for (const std::string& folder : doomed) {
    Status removed = work.steps.Do("old-backups", "remove " + folder, [&]() -> Status {
      Status unmarked = host.Remove(folder + "/complete");
      return unmarked ? host.Remove(folder) : unmarked;
    });
    if (!removed) {
      return removed;
    }
  }
  return kFine;
}

std::optional<std::string> WholeManifest(Host& host, const std::string& path) {
  std::optional<std::string> text = host.Read(path);
  return text && ParseManifest(*text) ? text : std::nullopt;
}

std::string NewestOfKubeadm(Host& host) {
  const std::vector<std::string> folders = Newest(host, kKubeadmTmp, "kubeadm-backup-manifests");
  return folders.empty() ? "" : folders.front();
}

bool HoldsBackupTo(Host& host, const std::string& version) {
  const std::string end = "-to-" + version;
  const std::vector<std::string> all = Newest(host, kBackups, "");
  return std::any_of(all.begin(), all.end(), [&](const std::string& backup) {
    return backup.size() > end.size() &&
           backup.compare(backup.size() - end.size(), end.size(), end) == 0 &&
           IsComplete(host, backup);
  });
}

std::optional<std::string> FindManifest(Host& host, const std::string& component) {
  std::vector<std::string> places = Newest(host, kKubeadmTmp, "kubeadm-backup-manifests");
  std::vector<std::string> ours;
  for (const std::string& backup : Newest(host, kBackups, "")) {
    if (IsComplete(host, backup)) {
      ours.push_back(backup + "/manifests");
    }
  }
  places.insert(places.empty() ? places.begin() : places.begin() + 1, ours.begin(), ours.end());
  for (const std::string& place : places) {
    if (auto text = WholeManifest(host, place + "/" + component + ".yaml")) {
      return text;
    }
  }
  return std::nullopt;
}

Status RestoreManifests(Host& host, const std::string& backup) {
  for (const char* component : kComponents) {
    const auto text = host.Read(backup + "/manifests/" + component + ".yaml");
    if (text && host.Read(ManifestPath(component)) != text) {
      if (Status written = host.Write(ManifestPath(component), *text); !written) {
        return written;
      }
    }
  }
  return kFine;
}

Status RestoreCertificates(Host& host, const Journal& journal) {
  if (Status pki = WriteBack(host, journal.backup + "/pki", journal.certificates); !pki) {
    return pki;
  }
  return WriteBack(host, journal.backup + "/kubeconfigs", "/etc/kubernetes");
}

Status RestorePrograms(Host& host, const Journal& journal) {
  const std::string programs = journal.backup + "/programs/";
  if (!host.Exists(programs + "kubelet")) {
    return base::Error{base::ErrorKind::kUnavailable, programs + "kubelet is not there"};
  }
  if (Status kubelet = PutProgram(host, programs + "kubelet", journal.kubelet); !kubelet) {
    return kubelet;
  }
  if (journal.kubectl.empty() || !host.Exists(programs + "kubectl")) {
    return kFine;
  }
  return PutProgram(host, programs + "kubectl", journal.kubectl);
}

Status RestoreEtcdData(Host& host, const Journal& journal) {
  const std::string member = journal.etcd_data + "/member";
  const std::string aside = journal.etcd_data + "/" + journal.set_aside;
  if (!host.Exists(aside) && host.Exists(member)) {
    if (Status moved = host.Rename(member, aside); !moved) {
      return moved;
    }
  }
  if (host.Exists(member)) {
    return kFine;
  }
  const std::string coming = journal.etcd_data + "/.member.coming";
  if (Status removed = host.Remove(coming); !removed) {
    return removed;
  }
  if (Status copied = host.Copy(journal.backup + "/etcd/member", coming); !copied) {
    return copied;
  }
  return host.Rename(coming, member);
}

bool HoldsEtcdData(Host& host, const std::string& backup) {
  return IsComplete(host, backup) && host.Exists(backup + "/etcd/member");
}

}  // namespace cu::node
