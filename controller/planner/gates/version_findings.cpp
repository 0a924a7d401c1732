#include "planner/gates/version_findings.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "base/text.hpp"
#include "planner/target/etcd.hpp"
#include "planner/target/scoped_node.hpp"
#include "planner/target/suffix.hpp"

namespace cu::planner {
namespace {

using api::FindingType;

constexpr std::size_t kNamesShown = 3;

/// Nodes that are still to be done, by the version that they report.
using ByVersion = std::map<std::string, std::vector<std::string>>;

ByVersion ToBeDone(const Planning& planning) {
  ByVersion nodes;
  for (const NodeView& view : planning.nodes()) {
    if (view.IsToBeDone() && view.scoped->version) {
      nodes[view.node().kubelet_version].push_back(view.name());
    }
  }
  return nodes;
}

/// A node that reports `reported` now will not report `target` after its upgrade: the suffix is of
/// another kind, or it is a hash that is another one although the release is there already.
bool WillDiffer(const std::string& reported, const std::string& target) {
  if (SuffixKind(reported) != SuffixKind(target)) {
    return true;
  }
  return reported != target && IsSameRelease(reported, target) && HasHash(target);
}

/// Nodes of one release with several hashes: their images differ, and so will they afterwards.
bool HasSeveralHashes(const ByVersion& nodes, const std::string& version) {
  return HasHash(version) && std::any_of(nodes.begin(), nodes.end(), [&](const auto& other) {
           return other.first != version && IsSameRelease(other.first, version) &&
                  HasHash(other.first);
         });
}

void FindSuffixes(const Planning& planning, const ByVersion& nodes, FindingBook& book) {
  if (planning.spec().version_match == api::VersionMatch::kRelease) {
    return;
  }
  const std::string& target = planning.target().text;
  base::NameList reported(kNamesShown);
  for (const auto& entry : nodes) {
    if (WillDiffer(entry.first, target) || HasSeveralHashes(nodes, entry.first)) {
      reported.Add(
          [&] { return entry.first + " (" + base::JoinNames(entry.second, kNamesShown) + ")"; });
    }
  }
  if (reported.empty()) {
    return;
  }
  book.Add(Finding::Blocks(FindingType::kSuffixDiffers,
                           planning.upgrade().meta.name,
                           "nodes report " + reported.Text() +
                               ": after their upgrade the suffix will not be that of " + target +
                               ", and they would fail; set spec.version to what an upgraded node "
                               "reports, or spec.versionMatch to Release"));
}

std::string DescribeOlder(const std::string& target, const ByVersion::value_type& nodes) {
  return base::JoinNames(nodes.second, kNamesShown) + " at " + nodes.first +
         " would go back to a pre-release: " + target + " is older";
}

void FindPreReleases(const Planning& planning, const ByVersion& nodes, FindingBook& book) {
  const std::string& target = planning.target().text;
  const auto newer = std::find_if(nodes.begin(), nodes.end(), [&](const auto& entry) {
    return IsOlderPreRelease(entry.first, target);
  });
  if (newer != nodes.end()) {
    book.Add(Finding::Warns(FindingType::kOlderPreRelease,
                            planning.upgrade().meta.name,
                            DescribeOlder(target, *newer)));
  }
}

/// Labels with which the nodes of a managed control plane's cluster are made.
constexpr auto kManagedLabels = std::to_array<std::string_view>({"eks.amazonaws.com/",
                                                                 "alpha.eksctl.io/",
                                                                 "cloud.google.com/gke-",
                                                                 "kubernetes.azure.com/",
                                                                 "doks.digitalocean.com/",
                                                                 "lke.linode.com/",
                                                                 "ibm-cloud.kubernetes.io/",
                                                                 "alibabacloud.com/nodepool-id",
                                                                 "k8s.scaleway.com/",
                                                                 "oke.oraclecloud.com/",
                                                                 "vke.vultr.com/",
                                                                 "karpenter.k8s.aws/"});

bool IsManaged(const Planning& planning) {
  const std::string& version = planning.world().server_version;
  if (version.find("-eks-") != std::string::npos || version.find("-gke.") != std::string::npos) {
    return true;
  }
  const auto& nodes = planning.nodes();
  return std::any_of(nodes.begin(), nodes.end(), [](const NodeView& view) {
    const api::StringMap& labels = view.node().meta.labels;
    return std::any_of(labels.begin(), labels.end(), [](const auto& label) {
      return std::any_of(kManagedLabels.begin(),
                         kManagedLabels.end(),
                         [&](std::string_view prefix) { return label.first.starts_with(prefix); });
    });
  });
}

bool TakesSeveralAtOnce(const api::ClusterUpgradeSpec& spec) {
  return std::any_of(spec.pools.begin(), spec.pools.end(), [](const api::PoolSpec& pool) {
    return pool.max_unavailable.percent || pool.max_unavailable.value > 1;
  });
}

void FindControlPlane(const Planning& planning, FindingBook& book) {
  if (planning.scope().SeesApiServer() || !TakesSeveralAtOnce(planning.spec()) ||
      IsManaged(planning)) {
    return;
  }
  book.Add(Finding::Warns(
      FindingType::kNoControlPlaneSeen,
      planning.upgrade().meta.name,
      "no node has a label of the control plane, and a pool's maxUnavailable is above 1: if nodes "
      "of the control plane are among the workers, several could be taken at once; select them "
      "with spec.controlPlane.nodeSelector"));
}

/// For the images that people use the tag is the version. Tags of other programs look the same:
/// those of releases that are near count.
void FindImages(const Planning& planning, FindingBook& book) {
  constexpr int kNear = 5;
  const Target& hop = planning.hop().target;
  const api::ExecutorSpec& executor = planning.spec().executor;
  if (executor.type != api::ExecutorType::kJob || !hop.version) {
    return;
  }
  for (const std::string& image : executor.job_images) {
    const auto tag = ParseVersion(TagOf(image));
    if (tag && *tag != *hop.version && tag->major == hop.version->major &&
        std::abs(tag->minor - hop.version->minor) <= kNear) {
      book.Add(Finding::Warns(FindingType::kImageOfAnotherVersion,
                              planning.upgrade().meta.name,
                              "spec.executor.job.template has the image " + image +
                                  ", and nodes are upgraded to " + hop.text +
                                  ": if its tag is the version that it installs, write "
                                  "$(CLUSTERUPGRADE_IMAGE_TAG) instead"));
    }
  }
}

}  // namespace

void FindInVersions(const Planning& planning, FindingBook& book) {
  const ByVersion nodes = ToBeDone(planning);
  FindSuffixes(planning, nodes, book);
  FindPreReleases(planning, nodes, book);
  FindControlPlane(planning, book);
  FindImages(planning, book);
}

bool FindEtcdSkips(const Planning& planning, FindingBook& book) {
  if (!HasStages(planning.spec()) || !planning.scope().SeesApiServer()) {
    return true;
  }
  const Observed<api::Pod>& pods = planning.world().control_plane_pods;
  if (!pods.current && !pods.listed) {
    return false;
  }
  const std::optional<EtcdSeen> etcd = FindOldestEtcd(*pods.items);
  const std::string skip = etcd ? DescribeEtcdSkip(*etcd, planning.scope().route()) : "";
  if (!skip.empty()) {
    book.Add(Finding::Blocks(FindingType::kEtcdSkipsMinor, planning.upgrade().meta.name, skip));
  }
  return true;
}

}  // namespace cu::planner
