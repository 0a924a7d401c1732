#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cu::kube {

/// A collection to list and watch. Selectors as written in the API, not encoded:
/// "spec.nodeName=a", "clusterupgrade.io/upgrade".
struct Collection {
  std::string path;
  std::string field_selector;
  std::string label_selector;
};

/// Targets of requests: path and query, with names and values percent-encoded.
namespace paths {

/// RFC 3986: everything but letters, digits and "-._~" as %XX.
std::string Encode(std::string_view text);
/// `path` with a query, or with more of it.
std::string WithQuery(std::string path,
                      const std::vector<std::pair<std::string, std::string>>& query);
/// For server-side apply. `force` takes fields over from other managers: never for fields that a
/// person may have set.
std::string WithFieldManager(std::string path, std::string_view manager, bool force = false);
/// The server judges only (dryRun=All).
std::string WithDryRun(std::string path);

std::string Nodes();
std::string Node(std::string_view name);
std::string Pods();                     ///< of all namespaces
std::string Pods(std::string_view ns);  ///< of one
std::string Pod(std::string_view ns, std::string_view name);
std::string Eviction(std::string_view ns, std::string_view pod);
std::string PodTemplates();  ///< of all namespaces
std::string PodTemplates(std::string_view ns);
std::string PodTemplate(std::string_view ns, std::string_view name);
std::string DaemonSets(std::string_view ns);
std::string PersistentVolumes();
std::string VolumeAttachments();
std::string AccessReviews();         ///< SelfSubjectAccessReview
std::string PodDisruptionBudgets();  ///< of all namespaces
std::string Jobs(std::string_view ns);
std::string Job(std::string_view ns, std::string_view name);
std::string Leases(std::string_view ns);
std::string Lease(std::string_view ns, std::string_view name);
std::string ClusterUpgrades();
std::string ClusterUpgrade(std::string_view name);
std::string ClusterUpgradeStatus(std::string_view name);
std::string Events(std::string_view ns);  ///< events.k8s.io/v1
std::string Version();

}  // namespace paths
}  // namespace cu::kube
