#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace cu::node {

/// What has no value of its own: done, or why not.
using Status = base::Result<std::monostate>;
inline constexpr std::monostate kFine;

/// The programs that the image brings along; they run in the root of the host.
enum class Tool { kKubeadm, kKubelet, kKubectl };
/// "kubeadm", "kubelet", "kubectl".
const char* NameOf(Tool tool);

struct Command {
  /// A tool of the image, or a program of the host by name or path.
  std::variant<Tool, std::string> program;
  std::vector<std::string> arguments;
  std::chrono::seconds timeout{60};
  /// Each line of its output goes to the log as it comes.
  bool shown = false;
};
/// As a person would type it.
std::string LineOf(const Command& command);

struct Outcome {
  /// 128 + n after signal n, 127 if it could not be started.
  int status = 0;
  bool timed_out = false;
  /// Standard output alone.
  std::string out;
  /// Standard output and error as they came.
  std::string all;
  bool ok() const { return status == 0 && !timed_out; }
};

struct Entry {
  std::string name;
  bool is_folder = false;
};

struct Space {
  std::uint64_t bytes = 0;
  std::uint64_t inodes = 0;
  std::uint64_t file_system = 0;  ///< the same for all folders on one
};

struct Process {
  int pid = 0;
  std::vector<std::string> arguments;
};

/// The node: its files, programs, processes and clock. Paths are those of the host. All that
/// changes something is an act; the tests kill the program before and after each one.
class Host {
 public:
  Host() = default;
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;
  virtual ~Host() = default;

  /// Nothing if it is not there or cannot be read.
  virtual std::optional<std::string> Read(const std::string& path) = 0;
  virtual bool Exists(const std::string& path) = 0;
  /// Sorted by name; empty if there is no such folder.
  virtual std::vector<Entry> List(const std::string& folder) = 0;
  /// Without links; the path itself if it leads nowhere.
  virtual std::string Resolve(const std::string& path) = 0;
  /// On disk, of a file or a folder with all that is in it.
  virtual std::uint64_t SizeOf(const std::string& path) = 0;
  /// What is free where `path` lies or would lie.
  virtual Space SpaceAt(const std::string& path) = 0;

  /// At once or not at all: beside it under a name with a leading dot, which the kubelet does not
  /// read, synced, renamed. Makes the folders above.
  virtual Status Write(const std::string& path, const std::string& text) = 0;
  virtual Status Rename(const std::string& from, const std::string& to) = 0;
  /// With all that is in it; fine if it is not there.
  virtual Status Remove(const std::string& path) = 0;
  /// A file or a folder with modes, owners, times and links, synced. Pre: `to` is not there.
  virtual Status Copy(const std::string& from, const std::string& to) = 0;
  /// A tool of the image as an executable file of the host, synced. `like`: takes its label of
  /// SELinux.
  virtual Status Install(Tool tool, const std::string& to, const std::string& like) = 0;

  virtual Outcome Run(const Command& command) = 0;
  virtual std::vector<Process> Processes() = 0;
  virtual void Signal(int pid, int signal) = 0;

  /// Held until this process and all it started are gone. Otherwise who holds it, after `patience`.
  virtual Status Lock(const std::string& path,
                      const std::string& holder,
                      std::chrono::seconds patience) = 0;

  virtual base::WallTime Now() = 0;
  virtual std::chrono::milliseconds Steady() = 0;
  virtual void Wait(std::chrono::milliseconds time) = 0;
  /// SIGTERM came.
  virtual bool StopRequested() = 0;
  virtual void Say(const std::string& line) = 0;
  /// The report of the whole run: into the log, and into the container's termination message.
  virtual void Conclude(const std::string& report) = 0;
};

}  // namespace cu::node
