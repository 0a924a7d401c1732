#include "fake_node.hpp"

#include <algorithm>

namespace cu::node {
namespace {

constexpr const char* kData = "/var/lib/etcd/member/db";

std::string EtcdTag(const std::string& version) {
  return version == kOld ? "3.6.6-0" : "3.6.8-0";
}

base::Error Broken() {
  return {base::ErrorKind::kUnavailable, "an act that was made to fail"};
}

std::string ComponentOf(const std::string& manifest) {
  const std::size_t at = manifest.find("component: ") + 11;
  return manifest.substr(at, manifest.find('\n', at) - at);
}

}  // namespace

std::string ManifestText(const std::string& component, const std::string& version) {
  const bool etcd = component == kEtcd;
  std::string text =
      "apiVersion: v1\nkind: Pod\nmetadata:\n  annotations:\n"
      "    kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint: 10.0.0.1:6443\n"
      "  labels:\n    component: " +
      component + "\nspec:\n  containers:\n  - command:\n    - " + component + "\n    - --flag=x\n";
  if (component == kApiServer) {
    text += "    - --etcd-servers=https://127.0.0.1:2379\n";
  }
  return text + "    image: registry.k8s.io/" + component + ":" +
         (etcd ? EtcdTag(version) : version) + "\n    name: " + component +
         "\n    volumeMounts:\n    - mountPath: /pki\n      name: certs\n  volumes:\n"
         "  - hostPath:\n      path: /pki\n    name: certs\nstatus: {}\n";
}

const std::optional<Manifest>& Parsed(const std::string& text) {
  static std::map<std::string, std::optional<Manifest>> all;
  const auto known = all.find(text);
  return known != all.end() ? known->second : all.emplace(text, ParseManifest(text)).first->second;
}

namespace {

constexpr const char* kFlags = "/var/lib/kubelet/kubeadm-flags.env";

}  // namespace

FakeNode::FakeNode(bool with_control_plane) {
  files[kFlags] =
      "KUBELET_KUBEADM_ARGS=\"--pod-infra-container-image=registry.k8s.io/pause:3.10.1 "
      "--node-ip=10.0.0.1\"\n";
  control_plane = with_control_plane;
  files["/usr/bin/kubelet"] = kOld;
  files["/usr/bin/kubectl"] = kOld;
  files["/etc/kubernetes/kubelet.conf"] = "kubelet";
  files["/var/lib/kubelet/config.yaml"] = "healthzPort: 10248\n";
  files["/proc/sys/kernel/random/boot_id"] = "boot-1\n";
  if (control_plane) {
    for (const char* component : kComponents) {
      files[ManifestPath(component)] = ManifestText(component, kOld);
    }
    for (const char* name : {"admin.conf", "controller-manager.conf", "scheduler.conf"}) {
      files[std::string("/etc/kubernetes/") + name] = "old END";
    }
    files["/etc/kubernetes/pki/apiserver.crt"] = "old END";
    files["/etc/kubernetes/pki/etcd/server.crt"] = "old END";
    files[kData] = "precious";
    files["/var/lib/etcd/member/wal"] = "precious too";
  }
  Sync();
}

void FakeNode::Begin(int kill, int fail) {
  kill_at = kill;
  fail_at = fail;
  points = calls = 0;
  locked = false;
  said.clear();
  commands.clear();
}

void FakeNode::Reboot() {
  running.clear();
  kubelet_on = true;
  kubelet_version = files["/usr/bin/kubelet"];
  ++starts;
  Sync();
}

void FakeNode::Point() {
  if (points++ == kill_at) {
    throw Killed();
  }
}

bool FakeNode::Fails() {
  return calls++ == fail_at;
}

/// Before each act.
void FakeNode::Act() {
  unlocked_act = unlocked_act || !locked;
  Point();
}

bool FakeNode::KubeletUp() const {
  // The new one does not know the flag that kubeadm wrote for the old one.
  const auto flags = files.find(kFlags);
  const bool old_flag =
      flags != files.end() && flags->second.find("--pod-infra") != std::string::npos;
  return kubelet_on && ill.count("kubelet:" + kubelet_version) == 0 &&
         !(old_flag && kubelet_version == kNew);
}

bool FakeNode::Well(const std::string& component) const {
  const auto found = running.find(component);
  if (found == running.end()) {
    return false;
  }
  const std::optional<Manifest>& manifest = Parsed(found->second);
  return manifest && ill.count(component + ":" + manifest->tag) == 0;
}

bool FakeNode::EtcdUp() const {
  const auto data = files.find(kData);
  if (!Well(kEtcd) || data == files.end()) {
    return false;
  }
  return data->second.find("converted") == std::string::npos ||
         Parsed(running.at(kEtcd))->tag == EtcdTag(kNew);
}

bool FakeNode::ApiUp() const {
  if (!control_plane) {
    return true;
  }
  const std::string& certificate = files.at("/etc/kubernetes/pki/apiserver.crt");
  return EtcdUp() && Well(kApiServer) && certificate.find("END") != std::string::npos;
}

void FakeNode::StartEtcd(const std::string& manifest) {
  if (files.count(kData) == 0) {
    empty_etcd = true;
    files[kData] = "a new empty cluster";
  }
  if (etcd_converts && Parsed(manifest)->tag == EtcdTag(kNew)) {
    files[kData] += " converted";
  }
}

/// What the kubelet does in a moment.
void FakeNode::Sync() {
  if (!KubeletUp()) {
    return;
  }
  for (const char* component : kComponents) {
    const auto file = files.find(ManifestPath(component));
    const bool there = file != files.end() && Parsed(file->second).has_value();
    if (!there) {
      running.erase(component);
    } else if (running[component] != file->second) {
      running[component] = file->second;
      if (std::string(component) == kEtcd) {
        StartEtcd(file->second);
      }
    }
  }
  if (ApiUp()) {
    node_version = kubelet_version;
  }
}

std::optional<std::string> FakeNode::Read(const std::string& path) {
  const auto found = files.find(path);
  return found == files.end() ? std::nullopt : std::optional<std::string>(found->second);
}

bool FakeNode::Exists(const std::string& path) {
  const auto below = files.lower_bound(path + "/");
  return files.count(path) == 1 || (below != files.end() && below->first.rfind(path + "/", 0) == 0);
}

std::vector<Entry> FakeNode::List(const std::string& folder) {
  std::map<std::string, bool> names;
  for (auto file = files.lower_bound(folder + "/");
       file != files.end() && file->first.rfind(folder + "/", 0) == 0;
       ++file) {
    const std::string rest = file->first.substr(folder.size() + 1);
    const std::size_t slash = rest.find('/');
    names[rest.substr(0, slash)] = slash != std::string::npos;
  }
  std::vector<Entry> entries;
  for (const auto& [name, is_folder] : names) {
    entries.push_back({name, is_folder});
  }
  return entries;
}

Status FakeNode::Write(const std::string& path, const std::string& text) {
  Act();
  if (Fails()) {
    return Broken();
  }
  files[path] = text;
  Sync();
  Point();
  return kFine;
}

Status FakeNode::Rename(const std::string& from, const std::string& to) {
  Act();
  if (Fails() || !Exists(from)) {
    return Broken();
  }
  std::map<std::string, std::string> moved;
  for (auto file = files.begin(); file != files.end();) {
    const std::string& path = file->first;
    if (path == from || path.rfind(from + "/", 0) == 0) {
      moved[to + path.substr(from.size())] = file->second;
      file = files.erase(file);
    } else {
      ++file;
    }
  }
  for (const auto& [path, text] : moved) {
    files[path] = text;
  }
  Sync();
  Point();
  return kFine;
}

Status FakeNode::Remove(const std::string& path) {
  if (!Exists(path)) {
    return kFine;
  }
  Act();
  if (Fails()) {
    return Broken();
  }
  for (auto file = files.begin(); file != files.end();) {
    if (file->first == path || file->first.rfind(path + "/", 0) == 0) {
      file = files.erase(file);
      Point();
    } else {
      ++file;
    }
  }
  Sync();
  return kFine;
}

Status FakeNode::Copy(const std::string& from, const std::string& to) {
  Act();
  if (Fails() || !Exists(from) || Exists(to)) {
    return Broken();
  }
  std::map<std::string, std::string> copied;
  for (const auto& [path, text] : files) {
    if (path == from || path.rfind(from + "/", 0) == 0) {
      copied[to + path.substr(from.size())] = text;
    }
  }
  for (const auto& [path, text] : copied) {
    files[path] = "half";
    Point();
    files[path] = text;
  }
  Point();
  return kFine;
}

Status FakeNode::Install(Tool /*tool*/, const std::string& to, const std::string& /*like*/) {
  Act();
  if (Fails()) {
    return Broken();
  }
  files[to] = "half";
  Point();
  files[to] = kNew;
  Point();
  return kFine;
}

std::vector<Process> FakeNode::Processes() {
  std::vector<Process> processes;
  for (const auto& [component, manifest] : running) {
    processes.push_back(
        {static_cast<int>(std::find(kComponents.begin(), kComponents.end(), component) -
                          kComponents.begin()) +
             100,
         Parsed(manifest)->command});
  }
  processes.push_back({1, {"systemd"}});
  return processes;
}

void FakeNode::Signal(int pid, int /*signal*/) {
  Act();
  running.erase(kComponents.at(static_cast<std::size_t>(pid) - 100));
  Sync();
  Point();
}

Status FakeNode::Lock(const std::string& /*path*/,
                      const std::string& /*holder*/,
                      std::chrono::seconds /*patience*/) {
  if (Fails()) {
    return Broken();
  }
  locked = true;
  return kFine;
}

base::WallTime FakeNode::Now() {
  return base::WallTime(std::chrono::seconds(1796000000) + time);
}

/// A slow machine: a wait takes ten times as long, so that nobody looks a hundred times in vain.
void FakeNode::Wait(std::chrono::milliseconds wait) {
  time += wait * 10;
  Sync();
}

}  // namespace cu::node
