#include "node/facts.hpp"

#include <algorithm>
#include <regex>

#include "base/text.hpp"
#include "node/health.hpp"
#include "node/tool_errors.hpp"
#include "node/unit.hpp"

namespace cu::node {
namespace {

constexpr std::chrono::seconds kAskFor{60};
constexpr std::chrono::milliseconds kAskEvery{1000};

/// Asks until there is an answer: an API server that has just started refuses some.
template <class Ask>
auto Answer(Host& host, const Ask& ask) {
  const std::chrono::milliseconds until = host.Steady() + kAskFor;
  auto answer = ask();
  while (!answer && host.Steady() < until) {
    host.Wait(kAskEvery);
    answer = ask();
  }
  return answer;
}

base::Result<std::string> VersionOf(Host& host, const Command& command) {
  const Outcome outcome = host.Run(command);
  const std::string version = outcome.ok() ? VersionIn(outcome.out) : "";
  if (version.empty()) {
    return base::Error{base::ErrorKind::kUnavailable, Failure(command, outcome)};
  }
  return version;
}

/// The image has to bring the tools of the version that is asked for.
Status ReadTools(Work& work, Facts& facts) {
  const base::Result<std::string> kubeadm =
      VersionOf(work.host, {Tool::kKubeadm, {"version", "--output=short"}});
  const base::Result<std::string> kubelet = VersionOf(work.host, {Tool::kKubelet, {"--version"}});
  if (!kubeadm || !kubelet) {
    return kubeadm ? kubelet.error() : kubeadm.error();
  }
  facts.kubeadm_version = *kubeadm;
  facts.new_kubelet = *kubelet;
  if (*kubeadm != work.options.version || *kubelet != work.options.version) {
    return base::Error{base::ErrorKind::kInvalid,
                       "CLUSTERUPGRADE_VERSION is " + work.options.version +
                           ", but this image holds kubeadm " + *kubeadm + " and kubelet " +
                           *kubelet + ": use the image that is made for " + work.options.version};
  }
  return kFine;
}

std::string FindKubectl(Host& host, const std::string& kubelet) {
  const std::string beside = kubelet.substr(0, kubelet.rfind('/')) + "/kubectl";
  for (const std::string& path :
       {beside, std::string("/usr/bin/kubectl"), std::string("/usr/local/bin/kubectl")}) {
    if (host.Exists(path)) {
      return host.Resolve(path);
    }
  }
  return "";
}

Status ReadPrograms(Work& work, Facts& facts) {
  const base::Result<Unit> unit = KubeletUnit(work.host).Show();
  if (!unit) {
    return unit.error();
  }
  const std::string& program = unit->program;
  if (program.substr(program.rfind('/') + 1) != "kubelet") {
    return base::Error{
        base::ErrorKind::kUnavailable,
        "the unit kubelet of this node starts \"" + program +
            "\", not a program called kubelet: this node was not set up as kubeadm's "
            "packages do it"};
  }
  facts.kubelet_path = work.host.Resolve(program);
  facts.kubectl_path = FindKubectl(work.host, program);
  facts.kubelet_on_disk = VersionIn(work.host.Run({facts.kubelet_path, {"--version"}}).out);
  return kFine;
}

Status ReadCluster(Work& work, Facts& facts) {
  const Server server = ServerFor(work.host, facts.manifests);
  const base::Result<std::string> text =
      Answer(work.host, [&] { return server.ClusterConfiguration(); });
  if (!text) {
    return text.error();
  }
  const base::Result<ClusterConfig> config = ParseClusterConfig(*text);
  if (!config) {
    return config.error();
  }
  facts.config = *config;
  const base::Result<NodeObject> node =
      Answer(work.host, [&] { return server.Node(work.options.node); });
  if (!node) {
    return base::Error{node.error().kind,
                       "node " + work.options.node + ": " + node.error().message};
  }
  facts.node = *node;
  const base::Result<std::string> version = Answer(work.host, [&] { return server.Version(); });
  if (!version) {
    return version.error();
  }
  facts.server_version = *version;
  if (!facts.control_plane) {
    return kFine;
  }
  const base::Result<int> members = Answer(work.host, [&] { return server.EtcdMembers(); });
  if (!members) {
    return members.error();
  }
  facts.etcd_members = *members;
  return kFine;
}

/// A Job that lands on another node than the one that was drained must not touch it.
Status CheckNode(Work& work, const Facts& facts) {
  const std::string here =
      base::OneLine(work.host.Read("/proc/sys/kernel/random/boot_id").value_or(""));
  if (!here.empty() && !facts.node.boot_id.empty() && here != facts.node.boot_id) {
    return base::Error{base::ErrorKind::kInvalid,
                       "CLUSTERUPGRADE_NODE is " + work.options.node +
                           ", but this machine is another one (its boot ID is " + here +
                           ", the node's is " + facts.node.boot_id + ")"};
  }
  return kFine;
}

}  // namespace

std::string VersionIn(const std::string& text) {
  static const std::regex kVersion("v[0-9]+\\.[0-9]+\\.[0-9]+[-+.0-9A-Za-z]*");
  std::smatch match;
  return std::regex_search(text, match, kVersion) ? match.str() : "";
}

bool IsControlPlane(Host& host, const Options& options) {
  return TouchesControlPlane(options.stage) ||
         std::any_of(kComponents.begin(), kComponents.end(), [&](const char* component) {
           return host.Exists(ManifestPath(component));
         });
}

base::Result<Facts> GatherFacts(Work& work) {
  Facts facts;
  facts.control_plane = IsControlPlane(work.host, work.options);
  facts.manifests = ReadManifests(work.host);
  const auto api_server = facts.manifests.find(kApiServer);
  if (TouchesControlPlane(work.options.stage) && api_server == facts.manifests.end()) {
    return base::Error{base::ErrorKind::kInvalid,
                       std::string("CLUSTERUPGRADE_STAGE is ") + NameOf(work.options.stage) +
                           ", but this node has no " + ManifestPath(kApiServer) +
                           ": it is no control-plane node of kubeadm; write Node"};
  }
  facts.stacked_etcd = api_server != facts.manifests.end() && UsesStackedEtcd(api_server->second);
  facts.finished = LoadFinished(work.host);
  for (const auto read : {ReadTools, ReadPrograms, ReadCluster}) {
    if (Status status = read(work, facts); !status) {
      return status.error();
    }
  }
  if (Status right = CheckNode(work, facts); !right) {
    return right.error();
  }
  return facts;
}

}  // namespace cu::node
