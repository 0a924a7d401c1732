#include "node/real_host.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <time.h>
#include <unistd.h>

#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>

#include "node/files.hpp"

namespace cu::node {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kLockEvery{500};

volatile std::sig_atomic_t stop_requested = 0;

void NoteStop(int /*signal*/) {
  stop_requested = 1;
}

Status From(const std::error_code& error, const std::string& what) {
  if (error) {
    return base::Error{base::ErrorKind::kUnavailable, what + ": " + error.message()};
  }
  return kFine;
}

/// An SELinux label, where there is one; without it the file still works on most hosts.
void TakeLabel(const std::string& from, const std::string& to) {
  std::array<char, 256> label{};
  const ssize_t size = ::getxattr(from.c_str(), "security.selinux", label.data(), label.size());
  if (size > 0) {
    ::setxattr(to.c_str(), "security.selinux", label.data(), static_cast<std::size_t>(size), 0);
  }
}

}  // namespace

RealHost::~RealHost() {
  for (const int tool : open_tools_) {
    if (tool >= 0) {
      ::close(tool);
    }
  }
}

Status RealHost::Enter(const std::string& root) {
  for (const Tool tool : {Tool::kKubeadm, Tool::kKubelet, Tool::kKubectl}) {
    const std::string path = tools_ + "/" + NameOf(tool);
    const int open = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (open < 0) {
      return FromErrno("open", path);
    }
    open_tools_.at(static_cast<std::size_t>(tool)) = open;
  }
  // Where it is not there, the kubelet takes the end of the log (FallbackToLogsOnError).
  termination_log_ = ::open("/dev/termination-log", O_WRONLY | O_CLOEXEC);
  if (root != "/" && (::chdir(root.c_str()) != 0 || ::chroot(".") != 0)) {
    return FromErrno("enter the host's root at", root);
  }
  if (root != "/" && (!Exists("/etc") || !Exists("/proc/self"))) {
    return base::Error{
        base::ErrorKind::kInvalid,
        "--host is \"" + root + "\", and that is no host's root: mount / of the host there"};
  }
  struct sigaction action {};
  action.sa_handler = NoteStop;
  ::sigaction(SIGTERM, &action, nullptr);
  ::sigaction(SIGINT, &action, nullptr);
  ::umask(022);
  return kFine;
}

std::optional<std::string> RealHost::Read(const std::string& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) {
    return std::nullopt;
  }
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return in ? std::optional<std::string>(text.str()) : std::nullopt;
}

bool RealHost::Exists(const std::string& path) {
  std::error_code error;
  return fs::exists(path, error);
}

std::vector<Entry> RealHost::List(const std::string& folder) {
  std::vector<Entry> entries;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code unknown;
    entries.push_back({entry->path().filename(), entry->is_directory(unknown)});
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return a.name < b.name;
  });
  return entries;
}

std::string RealHost::Resolve(const std::string& path) {
  std::error_code error;
  const fs::path real = fs::canonical(path, error);
  return error ? path : real.string();
}

std::uint64_t RealHost::SizeOf(const std::string& path) {
  std::error_code error;
  const std::string real = Resolve(path);
  const auto size = [](const fs::path& file) -> std::uint64_t {
    struct stat found {};
    return ::lstat(file.c_str(), &found) == 0 ? static_cast<std::uint64_t>(found.st_blocks) * 512
                                              : 0;
  };
  std::uint64_t sum = size(real);
  if (fs::is_directory(real, error)) {
    for (fs::recursive_directory_iterator entry(real, error), end; !error && entry != end;
         entry.increment(error)) {
      sum += size(entry->path());
    }
  }
  return sum;
}

Space RealHost::SpaceAt(const std::string& path) {
  std::string there = path;
  while (there.size() > 1 && !Exists(there)) {
    there = FolderOf(there);
  }
  struct statvfs space {};
  struct stat found {};
  if (::statvfs(there.c_str(), &space) != 0 || ::stat(there.c_str(), &found) != 0) {
    return {};
  }
  // A file system without a fixed number of inodes (btrfs) says 0 of 0.
  return {space.f_bavail * space.f_frsize,
          space.f_files == 0 ? UINT64_MAX : space.f_favail,
          found.st_dev};
}

Status RealHost::Write(const std::string& path, const std::string& text) {
  std::error_code error;
  fs::create_directories(FolderOf(path), error);
  const std::string target = Resolve(path);
  struct stat before {};
  const bool was = ::stat(target.c_str(), &before) == 0;
  const std::string beside =
      FolderOf(target) + "/." + target.substr(target.rfind('/') + 1) + ".new";
  const int open = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (open < 0) {
    return FromErrno("write", beside);
  }
  std::size_t written = 0;
  bool good = true;
  while (good && written < text.size()) {
    const ssize_t part = ::write(open, text.data() + written, text.size() - written);
    good = part > 0 || (part < 0 && errno == EINTR);
    written += part > 0 ? static_cast<std::size_t>(part) : 0;
  }
  if (was) {
    good = good && ::fchmod(open, before.st_mode & 07777U) == 0 &&
           (before.st_uid == ::geteuid() || ::fchown(open, before.st_uid, before.st_gid) == 0);
  }
  good = good && ::fsync(open) == 0;
  Status status = good ? Status(kFine) : Status(FromErrno("write", beside));
  ::close(open);
  if (!status) {
    ::unlink(beside.c_str());
    return status;
  }
  if (was) {
    TakeLabel(target, beside);
  }
  return Rename(beside, target);
}

Status RealHost::Rename(const std::string& from, const std::string& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) {
    return FromErrno("rename " + from + " to", to);
  }
  return SyncFolder(FolderOf(to));
}

Status RealHost::Remove(const std::string& path) {
  std::error_code error;
  fs::remove_all(path, error);
  if (Status removed = From(error, "remove " + path); !removed) {
    return removed;
  }
  return Exists(FolderOf(path)) ? SyncFolder(FolderOf(path)) : Status(kFine);
}

Status RealHost::Copy(const std::string& from, const std::string& to) {
  return CopyTree(from, to);
}

Status RealHost::Install(Tool tool, const std::string& to, const std::string& like) {
  const int open = open_tools_.at(static_cast<std::size_t>(tool));
  if (Status copied = CopyBytes(open, to, 0755); !copied) {
    return copied;
  }
  TakeLabel(like, to);
  return kFine;
}

Status RealHost::Lock(const std::string& path,
                      const std::string& holder,
                      std::chrono::seconds patience) {
  std::error_code error;
  fs::create_directories(FolderOf(path), error);
  fs::permissions(FolderOf(path), fs::perms::owner_all, error);
  // Not closed on exec: what this process starts holds it too, should it outlive us.
  lock_ = ::open(path.c_str(), O_RDWR | O_CREAT, 0600);  // NOLINT: see above
  if (lock_ < 0) {
    return FromErrno("open", path);
  }
  const std::chrono::milliseconds until = Steady() + patience;
  bool said = false;
  while (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    const std::string who = Read(path).value_or("");
    if (Steady() >= until || StopRequested()) {
      return base::Error{base::ErrorKind::kUnavailable,
                         "another run is at work on this node (" + who + "; " + path +
                             "): it has not ended within " + std::to_string(patience.count()) +
                             " s"};
    }
    if (!said) {
      Say("waiting up to " + std::to_string(patience.count()) + " s for another run: " + who);
      said = true;
    }
    Wait(kLockEvery);
  }
  const std::string text = holder + ", process " + std::to_string(::getpid());
  if (::ftruncate(lock_, 0) != 0 || ::pwrite(lock_, text.data(), text.size(), 0) < 0) {
    return FromErrno("write", path);
  }
  return kFine;
}

base::WallTime RealHost::Now() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

std::chrono::milliseconds RealHost::Steady() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::milliseconds(now.tv_nsec / 1000000);
}

void RealHost::Wait(std::chrono::milliseconds time) {
  const auto nanoseconds = std::chrono::nanoseconds(time).count();
  const timespec length{nanoseconds / 1000000000, nanoseconds % 1000000000};
  ::nanosleep(&length, nullptr);
}

bool RealHost::StopRequested() {
  return stop_requested != 0;
}

void RealHost::Say(const std::string& line) {
  std::fputs((line + "\n").c_str(), stdout);
  std::fflush(stdout);
}

void RealHost::Conclude(const std::string& report) {
  Say(report);
  if (termination_log_ >= 0) {
    // A report that cannot be written there is still in the log.
    [[maybe_unused]] const ssize_t written =
        ::write(termination_log_, report.data(), report.size());
  }
}

}  // namespace cu::node
