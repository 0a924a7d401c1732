#include "node/cluster_config.hpp"

#include <catch2/catch.hpp>
#include <yaml-cpp/yaml.h>

namespace cu::node {
namespace {

const std::string kPlain =
    "apiServer: {}\n"
    "apiVersion: kubeadm.k8s.io/v1beta4\n"
    "certificatesDir: /etc/kubernetes/pki\n"
    "clusterName: kubernetes\n"
    "etcd:\n"
    "  local:\n"
    "    dataDir: /data/etcd\n"
    "kind: ClusterConfiguration\n"
    "kubernetesVersion: v1.35.4\n"
    "networking:\n"
    "  podSubnet: 10.244.0.0/16\n";

}  // namespace

TEST_CASE("the configuration of a plain cluster is understood") {
  const auto config = ParseClusterConfig(kPlain);
  REQUIRE(config.ok());
  CHECK(config->kubernetes_version == "v1.35.4");
  CHECK(config->etcd_data == "/data/etcd");
  CHECK_FALSE(config->external_etcd);
  CHECK(config->not_understood.empty());
}

TEST_CASE("what is not known of a configuration is named") {
  CHECK(ParseClusterConfig(kPlain + "newThing: {}\n")->not_understood ==
        "it has the field newThing");
  CHECK(
      ParseClusterConfig(kPlain + "featureGates: {RootlessControlPlane: true}\n")->not_understood ==
      "it has the feature gate RootlessControlPlane");
  CHECK(ParseClusterConfig(kPlain + "featureGates: {RootlessControlPlane: false}\n")
            ->not_understood.empty());
  CHECK(ParseClusterConfig("kind: ClusterConfiguration\napiVersion: kubeadm.k8s.io/v1\n"
                           "kubernetesVersion: v1.40.0\n")
            ->not_understood == "its apiVersion is kubeadm.k8s.io/v1");
  CHECK_FALSE(ParseClusterConfig("kind: Other\n").ok());
  CHECK_FALSE(ParseClusterConfig("a: [").ok());
}

TEST_CASE("external etcd is seen") {
  CHECK(ParseClusterConfig("kind: ClusterConfiguration\napiVersion: kubeadm.k8s.io/v1beta4\n"
                           "kubernetesVersion: v1.35.4\netcd: {external: {endpoints: [a]}}\n")
            ->external_etcd);
}

TEST_CASE("kubeadm gets the cluster's configuration at the new version, and this node") {
  const auto config = ParseClusterConfig(kPlain);
  const std::vector<YAML::Node> documents = YAML::LoadAll(
      SwapConfig(*config, "v1.36.3", {"cp1", {"fd00::1", "6443"}, "unix:///run/c.sock"}));
  REQUIRE(documents.size() == 2);
  CHECK(documents[0]["kubernetesVersion"].as<std::string>() == "v1.36.3");
  CHECK(documents[0]["networking"]["podSubnet"].as<std::string>() == "10.244.0.0/16");
  CHECK(documents[1]["kind"].as<std::string>() == "InitConfiguration");
  CHECK(documents[1]["apiVersion"].as<std::string>() == "kubeadm.k8s.io/v1beta4");
  CHECK(documents[1]["localAPIEndpoint"]["advertiseAddress"].as<std::string>() == "fd00::1");
  CHECK(documents[1]["localAPIEndpoint"]["bindPort"].as<int>() == 6443);
  CHECK(documents[1]["nodeRegistration"]["name"].as<std::string>() == "cp1");
  CHECK(documents[1]["nodeRegistration"]["criSocket"].as<std::string>() == "unix:///run/c.sock");
}

}  // namespace cu::node
