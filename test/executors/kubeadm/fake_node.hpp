#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "node/host.hpp"
#include "node/manifests.hpp"

namespace cu::node {

/// Thrown where the program is killed.
struct Killed {};

inline constexpr const char* kOld = "v1.35.4";
inline constexpr const char* kNew = "v1.36.3";

/// A kubeadm node as far as the program can tell, and its cluster, at one moment.
struct FakeState {
  // What is wrong with the new version.
  std::set<std::string> ill;      ///< "kube-apiserver:v1.36.3", "kubelet:v1.36.3"
  bool etcd_converts = false;     ///< the new etcd leaves data that the old one cannot read
  std::set<std::string> failing;  ///< kubeadm commands that fail, by their beginning
  bool first = true;              ///< no other control-plane node has raised the version
  int members = 1;
  bool stop_requested = false;
  Space space{std::uint64_t{1} << 40U, 100000, 1};

  // How this run ends.
  int kill_at = -1;  ///< at which point
  int fail_at = -1;  ///< which call fails, once

  // What came of it.
  bool kubelet_on = true;
  bool empty_etcd = false;  ///< an etcd started without its data
  bool unlocked_act = false;
  std::string config_version = kOld;
  std::string addons = kOld;
  std::string node_version = kOld;
  std::string kubelet_version = kOld;          ///< of the running one
  std::map<std::string, std::string> running;  ///< component and its manifest
  std::map<std::string, std::string> files;
  std::vector<std::string> said;
  std::vector<std::string> commands;

  // The model's own.
  bool control_plane = true;
  bool locked = false;
  int points = 0;
  int calls = 0;
  int starts = 1;
  std::chrono::milliseconds time{1000};
};

/// It outlives kills; `Begin` starts a new run on it. A copy goes its own way.
class FakeNode : public Host, public FakeState {
 public:
  /// A control-plane node, or a worker.
  explicit FakeNode(bool with_control_plane);
  FakeNode(const FakeNode& other) : Host(), FakeState(other) {}
  FakeNode& operator=(const FakeNode&) = delete;
  ~FakeNode() override = default;

  void Begin(int kill, int fail);
  /// The machine restarts: the kubelet starts by itself.
  void Reboot();
  bool ApiUp() const;
  bool EtcdUp() const;
  bool KubeletUp() const;

  std::optional<std::string> Read(const std::string& path) override;
  bool Exists(const std::string& path) override;
  std::vector<Entry> List(const std::string& folder) override;
  std::string Resolve(const std::string& path) override { return path; }
  std::uint64_t SizeOf(const std::string& /*path*/) override { return 1000; }
  Space SpaceAt(const std::string& /*path*/) override { return space; }
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
  std::chrono::milliseconds Steady() override { return time; }
  void Wait(std::chrono::milliseconds wait) override;
  bool StopRequested() override { return stop_requested; }
  void Say(const std::string& line) override { said.push_back(line); }
  void Conclude(const std::string& report) override { Say(report); }

 private:
  void Point();
  bool Fails();
  void Act();
  void Sync();
  void StartEtcd(const std::string& manifest);
  bool Well(const std::string& component) const;
  Outcome Kubectl(const std::vector<std::string>& arguments);
  Outcome Api(const std::string& path);
  Outcome Kubeadm(const std::string& line);
  Outcome KubeadmUpgrade(bool apply);
  Outcome UpgradeStaticPods();
  Outcome Phase(const std::string& line);
  Outcome Systemctl(const std::vector<std::string>& arguments);
};

/// `ParseManifest`, once for each text: the model asks some thousand times in each run.
const std::optional<Manifest>& Parsed(const std::string& text);

/// What kubeadm of a version writes.
std::string ManifestText(const std::string& component, const std::string& version);

}  // namespace cu::node
