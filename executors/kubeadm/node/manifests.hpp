#pragma once
#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cu::node {

/// kubeadm's constants.go: ManifestsSubDirName under /etc/kubernetes, and the component names.
inline constexpr const char* kManifestFolder = "/etc/kubernetes/manifests";
inline constexpr const char* kEtcd = "etcd";
inline constexpr const char* kApiServer = "kube-apiserver";
inline constexpr std::array<const char*, 3> kKubernetesComponents{
    kApiServer, "kube-controller-manager", "kube-scheduler"};
inline constexpr std::array<const char*, 4> kComponents{
    kEtcd, kApiServer, "kube-controller-manager", "kube-scheduler"};

/// A static pod as far as we look at it.
struct Manifest {
  std::string tag;  ///< of its first container's image
  std::vector<std::string> command;
  std::map<std::string, std::string> annotations;
  std::vector<std::string> container_names;
  std::string text;
};
using Manifests = std::map<std::string, Manifest>;

/// /etc/kubernetes/manifests/<component>.yaml
std::string ManifestPath(const std::string& component);

/// Nothing if the text is no whole pod: kubeadm writes manifests in place (util/staticpod/utils.go,
/// WriteStaticPodToDisk), so that a kill can leave a part. A part lacks an image, or a volume that
/// is mounted.
std::optional<Manifest> ParseManifest(const std::string& text);

/// The value of --name=…; empty if it has none.
std::string Argument(const Manifest& manifest, const std::string& name);

/// Does this API server keep its data in an etcd of its own node, as kubeadm sets it up
/// (phases/controlplane/manifests.go, getAPIServerCommand: https://127.0.0.1:2379 or [::1])?
bool UsesStackedEtcd(const Manifest& api_server);

/// https://10.0.0.1:6443 of the API server here: kubeadm's annotation, else its flags.
std::string OwnServer(const Manifest& api_server);
/// The same as address and port.
struct Endpoint {
  std::string address;
  std::string port;
};
Endpoint OwnEndpoint(const Manifest& api_server);

/// Is an image's tag this version, with or without an ending as v1.36.3-fips?
bool TagIs(const std::string& tag, const std::string& version);
/// Are the three components of Kubernetes all there at this version?
bool AllAt(const Manifests& manifests, const std::string& version);

/// Of the three components; empty if one is not there or they differ.
std::string CommonVersion(const Manifests& manifests);

/// Is etcd's tag 3.6.5-0 older than 3.6.8-0? Numbers count as numbers.
bool OlderTag(const std::string& tag, const std::string& than);

}  // namespace cu::node
