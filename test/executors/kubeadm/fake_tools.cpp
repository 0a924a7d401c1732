#include <nlohmann/json.hpp>

#include "fake_node.hpp"

namespace cu::node {
namespace {

Outcome Says(const std::string& text) {
  return {0, false, text, text};
}

Outcome Refuses(const std::string& text) {
  return {1, false, "", text};
}

constexpr const char* kTmp = "/etc/kubernetes/tmp/";
constexpr const char* kKubeletConfig = "/var/lib/kubelet/config.yaml";

}  // namespace

Outcome FakeNode::Run(const Command& command) {
  time += std::chrono::milliseconds(10);
  Sync();
  commands.push_back(LineOf(command));
  if (Fails()) {
    return Refuses("error: an act that was made to fail");
  }
  if (const auto* tool = std::get_if<Tool>(&command.program)) {
    switch (*tool) {
      case Tool::kKubeadm:
        return Kubeadm(LineOf(command));
      case Tool::kKubelet:
        return Says(std::string("Kubernetes ") + kNew + "\n");
      case Tool::kKubectl:
        return Kubectl(command.arguments);
    }
  }
  const std::string& program = std::get<std::string>(command.program);
  if (program == "systemctl") {
    return Systemctl(command.arguments);
  }
  if (program == "systemd-run") {
    return Says("");  // five minutes are longer than any test
  }
  if (program == "journalctl") {
    return Says("panic: the new kubelet does not like this node\n");
  }
  const auto file = files.find(program);
  return file == files.end() ? Outcome{127, false, "", ""}
                             : Says("Kubernetes " + file->second + "\n");
}

Outcome FakeNode::Systemctl(const std::vector<std::string>& arguments) {
  const std::string& verb = arguments.front();
  if (verb == "show") {
    return Says(std::string("ActiveState=") + (kubelet_on ? "active" : "inactive") +
                "\nActiveEnterTimestampMonotonic=" + std::to_string(starts) +
                "\nNRestarts=0\nExecStart={ path=/usr/bin/kubelet ; argv[]=/usr/bin/kubelet }\n");
  }
  if (arguments.back() == "cluster-upgrade-kubelet.timer") {
    return Says("");
  }
  Act();
  if (verb == "stop") {
    kubelet_on = false;
  } else if (verb == "restart" || (verb == "start" && !kubelet_on)) {
    kubelet_on = true;
    kubelet_version = files["/usr/bin/kubelet"];
    ++starts;
  }
  Sync();
  Point();
  return Says("");
}

Outcome FakeNode::Kubectl(const std::vector<std::string>& arguments) {
  const std::string& path = arguments.back();
  const std::string server = arguments[1].rfind("--server=", 0) == 0 ? arguments[1].substr(9) : "";
  if (server == "http://127.0.0.1:10248") {
    return KubeletUp() ? Says("ok") : Refuses("The connection to the server was refused");
  }
  if (server == "http://127.0.0.1:2381") {
    return EtcdUp() ? Says("{\"health\":\"true\"}") : Refuses("The connection was refused");
  }
  return ApiUp() ? Api(path) : Refuses("The connection to the server 10.0.0.1:6443 was refused");
}

Outcome FakeNode::Api(const std::string& path) {
  using nlohmann::json;
  if (path == "/version") {
    const std::string version =
        control_plane ? Parsed(running.at(kApiServer))->tag : config_version;
    return Says(json{{"gitVersion", version}}.dump());
  }
  if (path == "/readyz") {
    return Says("ok");
  }
  if (path.find("/configmaps/kubeadm-config") != std::string::npos) {
    return Says(json{{"data",
                      {{"ClusterConfiguration",
                        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n"
                        "etcd:\n  local:\n    dataDir: /var/lib/etcd\nkubernetesVersion: " +
                            config_version + "\n"}}}}
                    .dump());
  }
  if (path.find("/nodes/") != std::string::npos) {
    return Says(
        json{{"metadata", json::object()},
             {"status", {{"nodeInfo", {{"kubeletVersion", node_version}, {"bootID", "boot-1"}}}}}}
            .dump());
  }
  json items = json::array();
  for (int i = 0; i < members; ++i) {
    items.push_back(json::object());
  }
  return Says(json{{"items", items}}.dump());
}

Outcome FakeNode::Kubeadm(const std::string& line) {
  for (const std::string& beginning : failing) {
    if (line.rfind(beginning, 0) == 0) {
      return Refuses(
          "error: error execution phase preflight: [preflight] Some fatal errors occurred:\n"
          "\t[ERROR SystemVerification]: cgroups v1 support is deprecated\n"
          "[preflight] If you know what you are doing, you can make a check non-fatal\n");
    }
  }
  if (line.rfind("kubeadm version", 0) == 0) {
    return Says(std::string(kNew) + "\n");
  }
  if (line.find(" phase preflight") != std::string::npos) {
    return ApiUp() ? Says("[preflight] all is well\n") : Refuses("error: no answer");
  }
  if (line.rfind("kubeadm upgrade", 0) == 0) {
    return KubeadmUpgrade(line.rfind("kubeadm upgrade apply", 0) == 0);
  }
  return Phase(line);
}

Outcome FakeNode::Phase(const std::string& line) {
  Act();
  if (line.rfind("kubeadm certs renew all", 0) == 0) {
    for (auto& [path, text] : files) {
      if (path.rfind("/etc/kubernetes/pki/", 0) == 0 || path == "/etc/kubernetes/admin.conf") {
        text = "ne";
        Point();
        text = "new END";
        Point();
      }
    }
    return Says("");
  }
  for (const char* component : kComponents) {
    const bool etcd = std::string(component) == kEtcd;
    if (etcd == (line.rfind("kubeadm init phase etcd local", 0) == 0)) {
      const std::string text = ManifestText(component, kNew);
      files[ManifestPath(component)] = text.substr(0, text.size() - 30);
      Sync();
      Point();
      files[ManifestPath(component)] = text;
      Sync();
      Point();
    }
  }
  return Says("");
}

/// As kubeadm does: the old manifest is moved away, then the new one is moved in.
Outcome FakeNode::UpgradeStaticPods() {
  const std::string stamp = std::to_string(1000000000 + time.count());
  files[kTmp + ("kubeadm-backup-etcd-" + stamp) + "/etcd/db"] = files["/var/lib/etcd/member/db"];
  for (const char* component : kComponents) {
    const std::string path = ManifestPath(component);
    const std::string text = ManifestText(component, kNew);
    const std::string made = kTmp + ("kubeadm-upgraded-manifests" + stamp) + "/" + component;
    const std::string before = files[path];
    if (before == text) {
      continue;
    }
    files[made] = text;
    Point();
    files[kTmp + ("kubeadm-backup-manifests-" + stamp) + "/" + component + ".yaml"] = before;
    files.erase(path);
    Sync();
    Point();
    files[path] = text;
    Sync();
    Point();
    if (!ApiUp()) {
      files[path] = before;
      Sync();
      Point();
      return Refuses("error: couldn't upgrade control plane. kubeadm has tried to recover\n");
    }
    files.erase(made);
  }
  return Says("");
}

Outcome FakeNode::KubeadmUpgrade(bool apply) {
  Act();
  if (!ApiUp()) {
    return Refuses("error: couldn't read the ConfigMap kubeadm-config");
  }
  if (control_plane) {
    Outcome pods = UpgradeStaticPods();
    if (!pods.ok()) {
      return pods;
    }
  }
  if (apply) {
    Point();
    config_version = kNew;
  }
  Point();
  files[kKubeletConfig] = "healthzPort: 10248 # new\n";
  Point();
  if (control_plane) {
    addons = kNew;
  }
  Point();
  return Says("[upgrade] SUCCESS!\n");
}

}  // namespace cu::node
