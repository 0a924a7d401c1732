#include "node/plan.hpp"

#include "base/natural_order.hpp"

namespace cu::node {
namespace {

bool Older(const std::string& version, const std::string& than) {
  return base::NaturalLess{}(version, than);
}

/// Why the static pods cannot be changed in one swap; empty if they can.
std::string AgainstOneSwap(const Facts& facts) {
  if (facts.config.external_etcd || !facts.stacked_etcd) {
    return "etcd does not run as a static pod of this node";
  }
  if (!facts.config.not_understood.empty()) {
    return "ClusterConfiguration is not understood: " + facts.config.not_understood;
  }
  if (facts.manifests.count(kEtcd) == 0) {
    return "etcd has no manifest on this node";
  }
  return "";
}

std::optional<base::Error> CheckVersions(const Options& options, const Facts& facts) {
  const std::string& cluster = facts.config.kubernetes_version;
  if (TouchesControlPlane(options.stage) && Older(options.version, cluster)) {
    return base::Error{base::ErrorKind::kInvalid,
                       "CLUSTERUPGRADE_VERSION is " + options.version + ", but the cluster is at " +
                           cluster + " already (ConfigMap kube-system/kubeadm-config): write " +
                           cluster + " or newer"};
  }
  if (!TouchesControlPlane(options.stage) && Older(cluster, options.version)) {
    return base::Error{base::ErrorKind::kUnavailable,
                       "the control plane is at " + cluster +
                           " (ConfigMap kube-system/kubeadm-config), older than " +
                           options.version + ": its nodes have to be upgraded first"};
  }
  return std::nullopt;
}

bool ControlPlaneDone(const Options& options, const Facts& facts) {
  return AllAt(facts.manifests, options.version) &&
         facts.config.kubernetes_version == options.version &&
         facts.server_version == options.version && facts.finished.control_plane == options.version;
}

bool NodeDone(const Options& options, const Facts& facts) {
  return facts.kubelet_on_disk == options.version &&
         facts.node.kubelet_version == options.version && facts.finished.node == options.version;
}

}  // namespace

base::Result<Plan> MakePlan(const Options& options, const Facts& facts) {
  if (std::optional<base::Error> wrong = CheckVersions(options, facts)) {
    return *wrong;
  }
  Plan plan;
  plan.control_plane = TouchesControlPlane(options.stage) && !ControlPlaneDone(options, facts);
  plan.programs = TouchesKubelet(options.stage) && !NodeDone(options, facts);
  plan.etcd = facts.stacked_etcd;
  plan.first = facts.config.kubernetes_version != options.version;
  plan.nothing = !plan.control_plane && !plan.programs;
  if (plan.nothing) {
    plan.why = "the node is at " + options.version + " already";
    return plan;
  }
  if (!plan.control_plane) {
    plan.why = "only the kubelet and kubectl are to be changed";
    return plan;
  }
  const std::string against = AgainstOneSwap(facts);
  if (options.method == Method::kOneSwap && !against.empty()) {
    return base::Error{base::ErrorKind::kInvalid,
                       "--method is OneSwap, but " + against + ": write Auto or Plain"};
  }
  plan.one_swap = options.method != Method::kPlain && against.empty();
  plan.why = options.method == Method::kPlain ? "--method is Plain"
             : plan.one_swap                  ? "etcd is stacked and the configuration understood"
                                              : against;
  if (plan.one_swap && AllAt(facts.manifests, options.version)) {
    plan.one_swap = false;
    plan.why = "the static pods are at " + options.version + " already, kubeadm completes the rest";
  }
  return plan;
}

Mending MendingFor(const Remains& remains) {
  if (!remains.journal || remains.journal->phase == Phase::kReplacing) {
    return remains.kubelet_on ? Mending::kNothing : Mending::kStartKubelet;
  }
  const Journal& journal = *remains.journal;
  const bool all_new =
      AllAt(remains.manifests, journal.version) && remains.manifests.count(kEtcd) == 1;
  const bool overtaken = !CommonVersion(remains.manifests).empty() &&
                         !AllAt(remains.manifests, journal.version) &&
                         !AllAt(remains.manifests, journal.from);
  if (remains.kubelet_on && overtaken) {
    return Mending::kForget;
  }
  switch (journal.phase) {
    case Phase::kStopping:
      return remains.kubelet_on ? Mending::kForget : Mending::kGoBack;
    case Phase::kChanging:
      return remains.kubelet_on && all_new ? Mending::kForward : Mending::kGoBack;
    case Phase::kStarting:
      return all_new ? Mending::kForward : Mending::kGoBack;
    case Phase::kGoingBack:
    case Phase::kDataBack:
    case Phase::kReplacing:
      break;
  }
  return Mending::kGoBack;
}

}  // namespace cu::node
