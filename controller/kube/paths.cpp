#include "kube/paths.hpp"

#include <utility>

namespace cu::kube::paths {
namespace {

constexpr std::string_view kCore = "/api/v1";
constexpr std::string_view kApps = "/apis/apps/v1";
constexpr std::string_view kBatch = "/apis/batch/v1";
constexpr std::string_view kPolicy = "/apis/policy/v1";
constexpr std::string_view kCoordination = "/apis/coordination.k8s.io/v1";
constexpr std::string_view kStorage = "/apis/storage.k8s.io/v1";
constexpr std::string_view kAuthorization = "/apis/authorization.k8s.io/v1";
constexpr std::string_view kEvents = "/apis/events.k8s.io/v1";
constexpr std::string_view kOurs = "/apis/clusterupgrade.io/v1alpha1";

bool Unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

std::string InNamespace(std::string_view group, std::string_view ns, std::string_view plural) {
  return std::string(group) + "/namespaces/" + Encode(ns) + "/" + std::string(plural);
}

std::string Named(std::string collection, std::string_view name) {
  return std::move(collection) + "/" + Encode(name);
}

}  // namespace

std::string Encode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (Unreserved(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4U];
    out += kHex[byte & 0xFU];
  }
  return out;
}

std::string WithQuery(std::string path,
                      const std::vector<std::pair<std::string, std::string>>& query) {
  char mark = path.find('?') == std::string::npos ? '?' : '&';
  for (const auto& [key, value] : query) {
    path += mark;
    path += Encode(key) + "=" + Encode(value);
    mark = '&';
  }
  return path;
}

std::string WithFieldManager(std::string path, std::string_view manager, bool force) {
  path = WithQuery(std::move(path), {{"fieldManager", std::string(manager)}});
  return force ? WithQuery(std::move(path), {{"force", "true"}}) : path;
}

std::string WithDryRun(std::string path) {
  return WithQuery(std::move(path), {{"dryRun", "All"}});
}

std::string Nodes() {
  return std::string(kCore) + "/nodes";
}
std::string Node(std::string_view name) {
  return Named(Nodes(), name);
}
std::string Pods() {
  return std::string(kCore) + "/pods";
}
std::string Pods(std::string_view ns) {
  return InNamespace(kCore, ns, "pods");
}
std::string Pod(std::string_view ns, std::string_view name) {
  return Named(Pods(ns), name);
}
std::string Eviction(std::string_view ns, std::string_view pod) {
  return Pod(ns, pod) + "/eviction";
}
std::string PodTemplates() {
  return std::string(kCore) + "/podtemplates";
}
std::string PodTemplates(std::string_view ns) {
  return InNamespace(kCore, ns, "podtemplates");
}
std::string PodTemplate(std::string_view ns, std::string_view name) {
  return Named(PodTemplates(ns), name);
}
std::string DaemonSets(std::string_view ns) {
  return InNamespace(kApps, ns, "daemonsets");
}
std::string PersistentVolumes() {
  return std::string(kCore) + "/persistentvolumes";
}
std::string VolumeAttachments() {
  return std::string(kStorage) + "/volumeattachments";
}
std::string AccessReviews() {
  return std::string(kAuthorization) + "/selfsubjectaccessreviews";
}
std::string PodDisruptionBudgets() {
  return std::string(kPolicy) + "/poddisruptionbudgets";
}
std::string Jobs(std::string_view ns) {
  return InNamespace(kBatch, ns, "jobs");
}
std::string Job(std::string_view ns, std::string_view name) {
  return Named(Jobs(ns), name);
}
std::string Leases(std::string_view ns) {
  return InNamespace(kCoordination, ns, "leases");
}
std::string Lease(std::string_view ns, std::string_view name) {
  return Named(Leases(ns), name);
}
std::string ClusterUpgrades() {
  return std::string(kOurs) + "/clusterupgrades";
}
std::string ClusterUpgrade(std::string_view name) {
  return Named(ClusterUpgrades(), name);
}
std::string ClusterUpgradeStatus(std::string_view name) {
  return ClusterUpgrade(name) + "/status";
}
std::string Events(std::string_view ns) {
  return InNamespace(kEvents, ns, "events");
}
std::string Version() {
  return "/version";
}

}  // namespace cu::kube::paths
