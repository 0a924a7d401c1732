#pragma once
#include <array>
#include <map>
#include <string>

#include "node/host.hpp"

namespace cu::node {

/// The host itself: this process moves its root to the host's (chroot), having opened the image's
/// tools before. From then on each path, link, program and /proc is the host's, and a tool runs
/// there from its open file.
class RealHost : public Host {
 public:
  /// Where the tools of the image lie: /usr/local/bin.
  explicit RealHost(std::string tools) : tools_(std::move(tools)) {}
  ~RealHost() override;
  RealHost(const RealHost&) = delete;
  RealHost& operator=(const RealHost&) = delete;

  /// Opens the tools and moves into `root` ("/": stays). SIGTERM is noted from here on.
  Status Enter(const std::string& root);

  std::optional<std::string> Read(const std::string& path) override;
  bool Exists(const std::string& path) override;
  std::vector<Entry> List(const std::string& folder) override;
  std::string Resolve(const std::string& path) override;
  std::uint64_t SizeOf(const std::string& path) override;
  Space SpaceAt(const std::string& path) override;
  Status Write(const std::string& path, const std::string& text) override;
  Status Rename(const std::string& from, const std::string& to) override;
  Status Remove(const std::string& path) override;
  Status Copy(const std::string& from, const std::string& to) override;
  Status Install(Tool tool, const std::string& to, const std::string& like) override;
  Outcome Run(const Command& command) override;
  std::vector<Process> Processes() override;
  void Signal(int pid, int signal) override;
  Status Lock(const std::string& path,
              const std::string& holder,
              std::chrono::seconds patience) override;
  base::WallTime Now() override;
  std::chrono::milliseconds Steady() override;
  void Wait(std::chrono::milliseconds time) override;
  bool StopRequested() override;
  void Say(const std::string& line) override;
  void Conclude(const std::string& report) override;

 private:
  std::string tools_;
  std::array<int, 3> open_tools_{-1, -1, -1};
  int lock_ = -1;
  int termination_log_ = -1;
};

}  // namespace cu::node
