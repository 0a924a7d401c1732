#include "node/files.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <unistd.h>

#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

namespace cu::node {
namespace {

namespace fs = std::filesystem;

/// Closes it at the end.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) {
      ::close(number_);
    }
  }
  int get() const { return number_; }
  bool ok() const { return number_ >= 0; }

 private:
  int number_;
};

constexpr std::size_t kPart = std::size_t{64} << 20U;

bool CopyAll(int from, int to) {
  if (::ioctl(to, FICLONE, from) == 0) {
    return true;
  }
  off_t at = 0;
  for (;;) {
    const ssize_t copied = ::sendfile(to, from, &at, kPart);
    if (copied == 0) {
      return true;
    }
    if (copied < 0 && errno != EINTR) {
      return false;
    }
  }
}

Status KeepAttributes(const std::string& path, const struct stat& from) {
  if ((from.st_uid != ::geteuid() || from.st_gid != ::getegid()) &&
      ::lchown(path.c_str(), from.st_uid, from.st_gid) != 0) {
    return FromErrno("set the owner of", path);
  }
  if (!S_ISLNK(from.st_mode) && ::chmod(path.c_str(), from.st_mode & 07777U) != 0) {
    return FromErrno("set the mode of", path);
  }
  const std::array<timespec, 2> times{from.st_atim, from.st_mtim};
  if (::utimensat(AT_FDCWD, path.c_str(), times.data(), AT_SYMLINK_NOFOLLOW) != 0) {
    return FromErrno("set the times of", path);
  }
  return kFine;
}

Status CopyEntry(const std::string& from, const std::string& to);

Status CopyFolder(const std::string& from, const std::string& to) {
  std::error_code error;
  fs::create_directories(to, error);
  if (error) {
    return base::Error{base::ErrorKind::kUnavailable, "make " + to + ": " + error.message()};
  }
  for (fs::directory_iterator entry(from, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename();
    if (Status copied = CopyEntry(from + "/" + name, to + "/" + name); !copied) {
      return copied;
    }
  }
  if (error) {
    return base::Error{base::ErrorKind::kUnavailable, "read " + from + ": " + error.message()};
  }
  return kFine;
}

Status CopyLink(const std::string& from, const std::string& to) {
  std::error_code error;
  fs::copy_symlink(from, to, error);
  if (error) {
    return base::Error{base::ErrorKind::kUnavailable, "copy " + from + ": " + error.message()};
  }
  return kFine;
}

Status CopyFile(const std::string& from, const std::string& to) {
  const Descriptor source(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
  if (!source.ok()) {
    return errno == ENOENT ? Status(kFine) : Status(FromErrno("open", from));
  }
  const Descriptor target(::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!target.ok() || !CopyAll(source.get(), target.get())) {
    return FromErrno("write", to);
  }
  return kFine;
}

Status CopyEntry(const std::string& from,
                 const std::string& to) {  // NOLINT(misc-no-recursion): a tree
  struct stat found {};
  if (::lstat(from.c_str(), &found) != 0) {
    return errno == ENOENT ? Status(kFine) : Status(FromErrno("look at", from));
  }
  Status copied = kFine;
  if (S_ISDIR(found.st_mode)) {
    copied = CopyFolder(from, to);
  } else if (S_ISLNK(found.st_mode)) {
    copied = CopyLink(from, to);
  } else if (S_ISREG(found.st_mode)) {
    copied = CopyFile(from, to);
  } else {
    return kFine;
  }
  struct stat made {};
  if (!copied || ::lstat(to.c_str(), &made) != 0) {
    return copied;
  }
  return KeepAttributes(to, found);
}

}  // namespace

base::Error FromErrno(const std::string& what, const std::string& path) {
  return {base::ErrorKind::kUnavailable,
          what + " " + path + ": " +
              std::strerror(errno)};  // NOLINT(concurrency-mt-unsafe): one thread
}

Status CopyBytes(int from, const std::string& to, unsigned mode) {
  const Descriptor target(::open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!target.ok() || !CopyAll(from, target.get()) || ::fchmod(target.get(), mode) != 0 ||
      ::fsync(target.get()) != 0) {
    return FromErrno("write", to);
  }
  return kFine;
}

Status CopyTree(const std::string& from, const std::string& to) {
  std::error_code error;
  fs::create_directories(FolderOf(to), error);
  const std::string source = fs::is_directory(from, error) || fs::is_regular_file(from, error)
                                 ? fs::canonical(from, error).string()
                                 : from;
  if (Status copied = CopyEntry(source, to); !copied) {
    return copied;
  }
  const Descriptor folder(::open(FolderOf(to).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.ok() || ::syncfs(folder.get()) != 0) {
    return FromErrno("sync", to);
  }
  return kFine;
}

Status SyncFolder(const std::string& folder) {
  const Descriptor open(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!open.ok() || ::fsync(open.get()) != 0) {
    return FromErrno("sync", folder);
  }
  return kFine;
}

std::string FolderOf(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace cu::node
