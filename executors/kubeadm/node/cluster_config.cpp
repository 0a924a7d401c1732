#include "node/cluster_config.hpp"

#include <regex>
#include <set>

#include <yaml-cpp/yaml.h>

namespace cu::node {
namespace {

/// apis/kubeadm/v1beta4/types.go, ClusterConfiguration.
const std::set<std::string> kFields{"apiVersion",
                                    "kind",
                                    "etcd",
                                    "networking",
                                    "kubernetesVersion",
                                    "controlPlaneEndpoint",
                                    "apiServer",
                                    "controllerManager",
                                    "scheduler",
                                    "dns",
                                    "proxy",
                                    "certificatesDir",
                                    "imageRepository",
                                    "featureGates",
                                    "clusterName",
                                    "encryptionAlgorithm",
                                    "certificateValidityPeriod",
                                    "caCertificateValidityPeriod"};
/// features/features.go of v1.31 to v1.36: those that change no manifest beyond what the phases do.
const std::set<std::string> kGates{"ControlPlaneKubeletLocalMode",
                                   "EtcdLearnerMode",
                                   "NodeLocalCRISocket",
                                   "PublicKeysECDSA",
                                   "WaitForAllControlPlaneComponents"};
const std::set<std::string> kApiVersions{"kubeadm.k8s.io/v1beta3", "kubeadm.k8s.io/v1beta4"};

std::string NotUnderstood(const YAML::Node& document, const std::string& api_version) {
  if (kApiVersions.count(api_version) == 0) {
    return "its apiVersion is " + api_version;
  }
  for (const auto& field : document) {
    const auto name = field.first.as<std::string>();
    if (kFields.count(name) == 0) {
      return "it has the field " + name;
    }
  }
  for (const auto& gate : document["featureGates"]) {
    const auto name = gate.first.as<std::string>();
    if (gate.second.as<bool>() && kGates.count(name) == 0) {
      return "it has the feature gate " + name;
    }
  }
  return "";
}

const std::regex& VersionLine() {
  static const std::regex kLine("(^|\n)kubernetesVersion:[^\n]*");
  return kLine;
}

}  // namespace

base::Result<ClusterConfig> ParseClusterConfig(const std::string& text) {
  const auto malformed = [](const std::string& why) {
    return base::Error{base::ErrorKind::kMalformed,
                       "ClusterConfiguration in the ConfigMap kube-system/kubeadm-config: " + why};
  };
  try {
    const YAML::Node document = YAML::Load(text);
    if (!document.IsMap() || document["kind"].as<std::string>("") != "ClusterConfiguration") {
      return malformed("it is no ClusterConfiguration");
    }
    ClusterConfig config;
    config.text = text;
    config.api_version = document["apiVersion"].as<std::string>("");
    config.kubernetes_version = document["kubernetesVersion"].as<std::string>("");
    config.certificates = document["certificatesDir"].as<std::string>(config.certificates);
    const YAML::Node etcd = document["etcd"];
    if (etcd && etcd.IsMap()) {
      const YAML::Node external = etcd["external"];
      const YAML::Node local = etcd["local"];
      config.external_etcd = external && !external.IsNull();
      if (local && local.IsMap()) {
        config.etcd_data = local["dataDir"].as<std::string>(config.etcd_data);
      }
    }
    if (config.kubernetes_version.empty()) {
      return malformed("it has no kubernetesVersion");
    }
    config.not_understood = NotUnderstood(document, config.api_version);
    if (config.not_understood.empty() && !std::regex_search(text, VersionLine())) {
      config.not_understood = "its kubernetesVersion is not on a line of its own";
    }
    return config;
  } catch (const YAML::Exception& error) {
    return malformed(error.what());
  }
}

std::string SwapConfig(const ClusterConfig& cluster,
                       const std::string& version,
                       const NodeIdentity& node) {
  YAML::Emitter out;
  out << YAML::BeginMap;
  out << YAML::Key << "apiVersion" << YAML::Value << cluster.api_version;
  out << YAML::Key << "kind" << YAML::Value << "InitConfiguration";
  out << YAML::Key << "localAPIEndpoint" << YAML::Value << YAML::BeginMap;
  out << YAML::Key << "advertiseAddress" << YAML::Value << YAML::DoubleQuoted
      << node.endpoint.address;
  out << YAML::Key << "bindPort" << YAML::Value << node.endpoint.port << YAML::EndMap;
  out << YAML::Key << "nodeRegistration" << YAML::Value << YAML::BeginMap;
  out << YAML::Key << "name" << YAML::Value << YAML::DoubleQuoted << node.name;
  if (!node.cri_socket.empty()) {
    out << YAML::Key << "criSocket" << YAML::Value << YAML::DoubleQuoted << node.cri_socket;
  }
  out << YAML::EndMap << YAML::EndMap;
  std::string text =
      std::regex_replace(cluster.text, VersionLine(), "$1kubernetesVersion: " + version);
  if (text.empty() || text.back() != '\n') {
    text += '\n';
  }
  return text + "---\n" + out.c_str() + "\n";
}

}  // namespace cu::node
