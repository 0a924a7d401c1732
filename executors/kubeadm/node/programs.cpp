#include "node/programs.hpp"

#include <string_view>

#include "node/backup.hpp"
#include "node/health.hpp"
#include "node/unit.hpp"

namespace cu::node {
namespace {

std::string Beside(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return path.substr(0, slash + 1) + "." + path.substr(slash + 1) + ".new";
}

/// What kubeadm writes the kubelet's flags to.
constexpr const char* kFlags = "/var/lib/kubelet/kubeadm-flags.env";
/// A kubelet from 1.35 on does not start with it, and an older one does without; kubeadm 1.35 takes
/// it out as well, but later in its upgrade (cmd/kubeadm/app/phases/upgrade/postupgrade.go).
constexpr std::string_view kRemovedFlag = "--pod-infra-container-image=";

Status RemoveOldFlag(Work& work) {
  std::string flags = work.host.Read(kFlags).value_or("");
  const std::size_t begin = flags.find(kRemovedFlag);
  if (begin == std::string::npos) {
    return kFine;
  }
  std::size_t end = flags.find_first_of(" \"\n", begin);
  end = end == std::string::npos ? flags.size() : end + (flags[end] == ' ' ? 1 : 0);
  flags.erase(begin, end - begin);
  return work.steps.Do("flags", std::string(kFlags) + " without the pause image", [&] {
    return work.host.Write(kFlags, flags);
  });
}

/// The old programs come back, since the new kubelet does not work.
Verdict PutBack(Work& work, const Journal& journal, const base::Error& why) {
  const KubeletUnit unit(work.host);
  if (!IsComplete(work.host, journal.backup)) {
    return {End::kNeedsPerson,
            {why.kind,
             why.message + "; there is no older kubelet on this node that could be put back"}};
  }
  Status status = work.steps.Insist("put-back", journal.kubelet + " out of " + journal.backup, [&] {
    return RestorePrograms(work.host, journal);
  });
  if (status) {
    status = work.steps.Insist("daemon-reload", "systemctl", [&] { return unit.Reload(); });
  }
  if (status) {
    status = work.steps.Insist(
        "restart-kubelet", "systemctl restart kubelet", [&] { return unit.Restart(); });
  }
  if (status) {
    status = work.steps.Insist(
        "kubelet-health", "of the old kubelet", [&] { return WaitForKubelet(work, ""); });
  }
  if (!status) {
    return {End::kNeedsPerson,
            {why.kind,
             why.message + "; putting the old kubelet back failed too: " + status.error().message}};
  }
  work.steps.Remember("the kubelet and kubectl were put back as they were before, and run");
  if (Status dropped = DropJournal(work.host); !dropped) {
    return {End::kWhole, {why.kind, why.message + "; " + dropped.error().message}};
  }
  return {End::kWhole, why};
}

/// A backup of what is there, or an older one if that is new already.
Status BackUpPrograms(Work& work, const Facts& facts, Journal& journal) {
  const std::optional<Journal> earlier = LoadJournal(work.host);
  if (earlier && earlier->phase == Phase::kReplacing && earlier->version == journal.version &&
      IsComplete(work.host, earlier->backup)) {
    journal.backup = earlier->backup;
    return kFine;
  }
  if (facts.kubelet_on_disk == work.options.version) {
    const std::string older = NewestWithPrograms(work.host, work.options.version);
    journal.backup = older.empty() ? std::string(kStateFolder) + "/backups/none" : older;
    return kFine;
  }
  journal.backup = NewBackup(work.host, work.options.version);
  return MakeBackup(work, journal, {false, false, true});
}

}  // namespace

Status StagePrograms(Work& work, const Journal& journal) {
  const auto stage = [&](Tool tool, const std::string& path) {
    return work.steps.Do("stage", std::string(NameOf(tool)) + " beside " + path, [&]() -> Status {
      if (Status removed = work.host.Remove(Beside(path)); !removed) {
        return removed;
      }
      return work.host.Install(tool, Beside(path), path);
    });
  };
  Status staged = stage(Tool::kKubelet, journal.kubelet);
  return staged && !journal.kubectl.empty() ? stage(Tool::kKubectl, journal.kubectl) : staged;
}

Status PlaceStagedPrograms(Work& work, const Journal& journal) {
  if (Status removed = RemoveOldFlag(work); !removed) {
    return removed;
  }
  for (const std::string& path : {journal.kubelet, journal.kubectl}) {
    if (path.empty()) {
      continue;
    }
    Status placed = work.steps.Do("place", path + " at " + journal.version, [&] {
      return work.host.Rename(Beside(path), path);
    });
    if (!placed) {
      return placed;
    }
  }
  return kFine;
}

Status RemoveStagedPrograms(Work& work, const Journal& journal) {
  for (const std::string& path : {journal.kubelet, journal.kubectl}) {
    if (!path.empty()) {
      if (Status removed = work.host.Remove(Beside(path)); !removed) {
        return removed;
      }
    }
  }
  return kFine;
}

Verdict ReplacePrograms(Work& work, const Facts& facts) {
  Journal journal;
  journal.phase = Phase::kReplacing;
  journal.from = facts.kubelet_on_disk;
  journal.version = work.options.version;
  journal.programs = true;
  journal.kubelet = facts.kubelet_path;
  journal.kubectl = facts.kubectl_path;
  const KubeletUnit unit(work.host);
  Status status = BackUpPrograms(work, facts, journal);
  if (status) {
    status = StagePrograms(work, journal);
  }
  if (!status) {
    return {End::kWhole, status.error()};
  }
  if (status = work.steps.Do("journal",
                             "the kubelet is being replaced",
                             [&] { return SaveJournal(work.host, journal); });
      !status) {
    return {End::kWhole, status.error()};
  }
  const Steps::Whole whole(work.steps);
  status = PlaceStagedPrograms(work, journal);
  if (status) {
    status = work.steps.Do("daemon-reload", "systemctl", [&] { return unit.Reload(); });
  }
  return status ? RestartKubelet(work, journal) : PutBack(work, journal, status.error());
}

Verdict RestartKubelet(Work& work, const Journal& journal) {
  const Steps::Whole whole(work.steps);
  const KubeletUnit unit(work.host);
  Status status =
      work.steps.Do("restart-kubelet", "systemctl restart kubelet", [&] { return unit.Restart(); });
  if (status) {
    status = work.steps.Do("kubelet-health", "at " + journal.version, [&] {
      return WaitForKubelet(work, journal.version);
    });
  }
  if (!status) {
    return PutBack(work, journal, status.error());
  }
  status = work.steps.Insist(
      "journal", "the kubelet is replaced", [&] { return DropJournal(work.host); });
  return status ? Verdict{} : Verdict{End::kWhole, status.error()};
}

}  // namespace cu::node
