#include "node/cluster.hpp"

#include <nlohmann/json.hpp>

#include "node/tool_errors.hpp"

namespace cu::node {
namespace {

using nlohmann::json;

constexpr std::chrono::seconds kAnswerWithin{8};
/// kubectl itself, on a machine that is busy.
constexpr std::chrono::seconds kStart{8};

base::Error Unreadable(const std::string& path) {
  return {base::ErrorKind::kMalformed, "the answer to GET " + path + " cannot be read"};
}

/// The text at a JSON pointer; empty if there is none.
std::string At(const json& object, const char* pointer) {
  const json::json_pointer where(pointer);
  return object.contains(where) && object.at(where).is_string()
             ? object.at(where).get<std::string>()
             : "";
}

}  // namespace

base::Result<std::string> Server::Get(const std::string& path) const {
  Command command{Tool::kKubectl, {}, kAnswerWithin + kStart};
  command.arguments.push_back("--kubeconfig=" + (kubeconfig_.empty() ? "/dev/null" : kubeconfig_));
  if (!url_.empty()) {
    command.arguments.push_back("--server=" + url_);
  }
  command.arguments.push_back("--request-timeout=" + std::to_string(kAnswerWithin.count()) + "s");
  command.arguments.insert(command.arguments.end(), {"get", "--raw", path});
  const Outcome outcome = host_.Run(command);
  if (!outcome.ok()) {
    return base::Error{base::ErrorKind::kUnavailable,
                       "GET " + url_ + path + ": " +
                           (outcome.timed_out ? "no answer in time" : Cause(outcome.all))};
  }
  return outcome.out;
}

base::Result<std::string> Server::ClusterConfiguration() const {
  const std::string path = "/api/v1/namespaces/kube-system/configmaps/kubeadm-config";
  const base::Result<std::string> answer = Get(path);
  if (!answer) {
    return answer.error();
  }
  const std::string text = At(json::parse(*answer, nullptr, false), "/data/ClusterConfiguration");
  return text.empty() ? base::Result<std::string>(Unreadable(path)) : text;
}

base::Result<NodeObject> Server::Node(const std::string& name) const {
  const std::string path = "/api/v1/nodes/" + name;
  const base::Result<std::string> answer = Get(path);
  if (!answer) {
    return answer.error();
  }
  const json object = json::parse(*answer, nullptr, false);
  NodeObject node{At(object, "/status/nodeInfo/kubeletVersion"),
                  At(object, "/status/nodeInfo/bootID"),
                  At(object, "/metadata/annotations/kubeadm.alpha.kubernetes.io~1cri-socket")};
  return node.kubelet_version.empty() ? base::Result<NodeObject>(Unreadable(path)) : node;
}

base::Result<int> Server::EtcdMembers() const {
  const std::string path = "/api/v1/namespaces/kube-system/pods?labelSelector=component%3Detcd";
  const base::Result<std::string> answer = Get(path);
  if (!answer) {
    return answer.error();
  }
  const json object = json::parse(*answer, nullptr, false);
  if (!object.is_object() || !object.contains("items") || !object["items"].is_array()) {
    return Unreadable(path);
  }
  return static_cast<int>(object["items"].size());
}

base::Result<std::string> Server::Version() const {
  const base::Result<std::string> answer = Get("/version");
  if (!answer) {
    return answer.error();
  }
  const std::string version = At(json::parse(*answer, nullptr, false), "/gitVersion");
  return version.empty() ? base::Result<std::string>(Unreadable("/version")) : version;
}

Status Server::Ready() const {
  const base::Result<std::string> answer = Get("/readyz");
  if (!answer) {
    return answer.error();
  }
  return kFine;
}

}  // namespace cu::node
