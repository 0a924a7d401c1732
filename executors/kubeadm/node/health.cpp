#include "node/health.hpp"

#include <algorithm>

#include <yaml-cpp/yaml.h>

#include "node/tool_errors.hpp"
#include "node/unit.hpp"

namespace cu::node {
namespace {

constexpr std::chrono::milliseconds kLookEvery{300};
/// A kubelet that dies of its configuration does so within a second or two; systemd starts it again
/// after 10 s (kubeadm's unit, RestartSec).
constexpr std::chrono::seconds kSteadyFor{12};

Status KubeletHealthy(Host& host) {
  const std::string url = HealthzOf(host.Read("/var/lib/kubelet/config.yaml").value_or(""));
  if (url.empty()) {
    return kFine;
  }
  const base::Result<std::string> answer = Server(host, "", url).Get("/healthz");
  if (!answer) {
    return base::Error{answer.error().kind,
                       "the kubelet is not healthy: " + answer.error().message};
  }
  return kFine;
}

/// The end of the newest log of a static pod of kubeadm.
std::string LogOf(Host& host, const std::string& component) {
  const std::string folder = "/var/log/pods";
  std::string last;
  for (const Entry& pod : host.List(folder)) {
    if (pod.name.rfind("kube-system_" + component + "-", 0) != 0) {
      continue;
    }
    const std::string logs = folder + "/" + pod.name + "/" + component;
    for (const Entry& log : host.List(logs)) {
      const std::string words = LastLines(host.Read(logs + "/" + log.name).value_or(""), 1);
      last = words.empty() ? last : words;
    }
  }
  return last.empty() ? "" : "; the last words of " + component + ": " + last;
}

/// Of the first that is not well: without a kubelet nothing runs, without etcd no API server.
std::string WordsOfTheIll(Host& host) {
  if (!KubeletHealthy(host)) {
    return "; the last words of the kubelet: " + KubeletUnit(host).LastWords();
  }
  return LogOf(host, EtcdAnswers(host) ? kApiServer : kEtcd);
}

Status ControlPlaneHealthy(Host& host, const std::string& version) {
  if (Status kubelet = KubeletHealthy(host); !kubelet) {
    return kubelet;
  }
  const Server server = ServerFor(host, ReadManifests(host));
  const base::Result<std::string> says = server.Version();
  if (!says) {
    return says.error();
  }
  if (!version.empty() && *says != version) {
    return base::Error{base::ErrorKind::kUnavailable,
                       "the API server here is still at " + *says + ", not " + version};
  }
  return server.Ready();
}

}  // namespace

Manifests ReadManifests(Host& host) {
  Manifests manifests;
  for (const char* component : kComponents) {
    const std::optional<std::string> text = host.Read(ManifestPath(component));
    std::optional<Manifest> manifest = text ? ParseManifest(*text) : std::nullopt;
    if (manifest) {
      manifests.emplace(component, std::move(*manifest));
    }
  }
  return manifests;
}

std::string HealthzOf(const std::string& kubelet_config) {
  std::string address = "127.0.0.1";
  int port = 10248;
  try {
    const YAML::Node config = YAML::Load(kubelet_config);
    if (config.IsMap()) {
      address = config["healthzBindAddress"].as<std::string>(address);
      port = config["healthzPort"].as<int>(port);
    }
  } catch (const YAML::Exception&) {
    return "http://127.0.0.1:10248";
  }
  if (port == 0) {
    return "";
  }
  if (address == "0.0.0.0" || address.empty()) {
    address = "127.0.0.1";
  } else if (address == "::") {
    address = "::1";
  }
  const bool six = address.find(':') != std::string::npos;
  return "http://" + (six ? "[" + address + "]" : address) + ":" + std::to_string(port);
}

Status WaitForControlPlane(Work& work, const std::string& version) {
  Host& host = work.host;
  const std::chrono::milliseconds until = host.Steady() + work.options.health_timeout;
  for (;;) {
    const Status healthy = ControlPlaneHealthy(host, version);
    if (healthy) {
      return healthy;
    }
    if (host.Steady() >= until) {
      return base::Error{healthy.error().kind,
                         "not healthy after " +
                             std::to_string(work.options.health_timeout.count()) +
                             " s: " + healthy.error().message + WordsOfTheIll(host)};
    }
    host.Wait(kLookEvery);
  }
}

bool EtcdAnswers(Host& host) {
  const Manifests manifests = ReadManifests(host);
  const auto etcd = manifests.find(kEtcd);
  if (etcd == manifests.end()) {
    return false;
  }
  std::string url = Argument(etcd->second, "listen-metrics-urls");
  url = url.substr(0, url.find(','));
  if (url.empty() || url.rfind("http://", 0) != 0) {
    url = "http://127.0.0.1:2381";
  }
  return Server(host, "", url).Get("/health?serializable=true").ok();
}

Status WaitForKubelet(Work& work, const std::string& version) {
  Host& host = work.host;
  const KubeletUnit unit(host);
  const std::chrono::milliseconds until = host.Steady() + work.options.health_timeout;
  std::optional<Unit> first;
  std::chrono::milliseconds since{0};
  for (;;) {
    Status wrong = KubeletHealthy(host);
    const base::Result<Unit> now = unit.Show();
    if (!wrong || !now || !first || !now->SameRun(*first)) {
      first = now && wrong ? std::optional<Unit>(*now) : std::nullopt;
      since = host.Steady();
    }
    if (wrong && !version.empty()) {
      const base::Result<NodeObject> node =
          ServerFor(host, ReadManifests(host)).Node(work.options.node);
      if (!node) {
        wrong = node.error();
      } else if (node->kubelet_version != version) {
        wrong = base::Error{base::ErrorKind::kUnavailable,
                            "the node object says " + node->kubelet_version + ", not " + version};
      }
    }
    if (wrong && first && host.Steady() - since >= kSteadyFor) {
      return kFine;
    }
    if (host.Steady() >= until) {
      const std::string why = wrong ? "it does not stay up" : wrong.error().message;
      return base::Error{base::ErrorKind::kUnavailable,
                         "the kubelet is not healthy after " +
                             std::to_string(work.options.health_timeout.count()) + " s: " + why +
                             "; its last words: " + unit.LastWords()};
    }
    host.Wait(kLookEvery * 3);
  }
}

Server ServerFor(Host& host, const Manifests& manifests) {
  const auto api_server = manifests.find(kApiServer);
  if (api_server == manifests.end() || !host.Exists(kAdminKubeconfig)) {
    return {host, kKubeletKubeconfig, ""};
  }
  return {host, kAdminKubeconfig, OwnServer(api_server->second)};
}

}  // namespace cu::node
