#include "node/manifests.hpp"

#include <algorithm>
#include <set>

#include <yaml-cpp/yaml.h>

#include "base/natural_order.hpp"

namespace cu::node {
namespace {

constexpr const char* kEndpointAnnotation =
    "kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint";

/// Every mount names a volume that is there.
bool MountsAreThere(const YAML::Node& spec) {
  std::set<std::string> volumes;
  for (const YAML::Node& volume : spec["volumes"]) {
    volumes.insert(volume["name"].as<std::string>());
  }
  const YAML::Node containers = spec["containers"];
  return std::all_of(containers.begin(), containers.end(), [&](const YAML::Node& container) {
    const YAML::Node mounts = container["volumeMounts"];
    return std::all_of(mounts.begin(), mounts.end(), [&](const YAML::Node& mount) {
      return volumes.count(mount["name"].as<std::string>()) == 1;
    });
  });
}

std::string TagOf(const std::string& image) {
  const std::string without_digest = image.substr(0, image.find('@'));
  const std::size_t colon = without_digest.rfind(':');
  const std::size_t slash = without_digest.rfind('/');
  return colon == std::string::npos || (slash != std::string::npos && slash > colon)
             ? ""
             : without_digest.substr(colon + 1);
}

Manifest Read(const YAML::Node& pod) {
  Manifest manifest;
  const YAML::Node containers = pod["spec"]["containers"];
  manifest.tag = TagOf(containers[0]["image"].as<std::string>());
  for (const YAML::Node& word : containers[0]["command"]) {
    manifest.command.push_back(word.as<std::string>());
  }
  for (const YAML::Node& word : containers[0]["args"]) {
    manifest.command.push_back(word.as<std::string>());
  }
  for (const auto& annotation : pod["metadata"]["annotations"]) {
    manifest.annotations[annotation.first.as<std::string>()] = annotation.second.as<std::string>();
  }
  for (const YAML::Node& container : containers) {
    manifest.container_names.push_back(container["name"].as<std::string>());
  }
  return manifest;
}

}  // namespace

std::string ManifestPath(const std::string& component) {
  return std::string(kManifestFolder) + "/" + component + ".yaml";
}

std::optional<Manifest> ParseManifest(const std::string& text) {
  try {
    const YAML::Node pod = YAML::Load(text);
    if (!pod.IsMap() || pod["kind"].as<std::string>("") != "Pod" || !pod["spec"].IsMap() ||
        !pod["spec"]["containers"].IsSequence() || pod["spec"]["containers"].size() == 0 ||
        !pod["spec"]["volumes"].IsSequence() || pod["spec"]["volumes"].size() == 0 ||
        !MountsAreThere(pod["spec"])) {
      return std::nullopt;
    }
    Manifest manifest = Read(pod);
    manifest.text = text;
    return manifest;
  } catch (const YAML::Exception&) {
    return std::nullopt;
  }
}

std::string Argument(const Manifest& manifest, const std::string& name) {
  const std::string start = "--" + name + "=";
  for (const std::string& word : manifest.command) {
    if (word.rfind(start, 0) == 0) {
      return word.substr(start.size());
    }
  }
  return "";
}

bool UsesStackedEtcd(const Manifest& api_server) {
  const std::string servers = Argument(api_server, "etcd-servers");
  return servers.find("://127.0.0.1:") != std::string::npos ||
         servers.find("://[::1]:") != std::string::npos;
}

Endpoint OwnEndpoint(const Manifest& api_server) {
  const auto annotation = api_server.annotations.find(kEndpointAnnotation);
  if (annotation != api_server.annotations.end()) {
    const std::size_t colon = annotation->second.rfind(':');
    if (colon != std::string::npos) {
      std::string address = annotation->second.substr(0, colon);
      if (address.size() > 2 && address.front() == '[') {
        address = address.substr(1, address.size() - 2);
      }
      return {address, annotation->second.substr(colon + 1)};
    }
  }
  const std::string port = Argument(api_server, "secure-port");
  return {Argument(api_server, "advertise-address"), port.empty() ? "6443" : port};
}

std::string OwnServer(const Manifest& api_server) {
  const Endpoint own = OwnEndpoint(api_server);
  const bool six = own.address.find(':') != std::string::npos;
  return "https://" + (six ? "[" + own.address + "]" : own.address) + ":" + own.port;
}

bool TagIs(const std::string& tag, const std::string& version) {
  return !version.empty() && tag.rfind(version, 0) == 0 &&
         (tag.size() == version.size() || tag[version.size()] < '0' || tag[version.size()] > '9');
}

bool AllAt(const Manifests& manifests, const std::string& version) {
  return TagIs(CommonVersion(manifests), version);
}

std::string CommonVersion(const Manifests& manifests) {
  std::set<std::string> tags;
  for (const char* component : kKubernetesComponents) {
    const auto found = manifests.find(component);
    tags.insert(found == manifests.end() ? "" : found->second.tag);
  }
  return tags.size() == 1 ? *tags.begin() : "";
}

bool OlderTag(const std::string& tag, const std::string& than) {
  return tag != than && base::NaturalLess{}(tag, than);
}

}  // namespace cu::node
