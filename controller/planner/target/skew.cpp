#include "planner/target/skew.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace cu::planner {
namespace {

using api::HoldReason;

std::optional<Hold> CheckControlPlaneVersion(const ScopedNode& scoped,
                                             const std::string& wanted,
                                             const Version& target) {
  const bool apart = scoped.components && scoped.version && *scoped.components > *scoped.version;
  const std::string where = "control-plane node " + scoped.node->meta.name + " is at " +
                            (apart ? scoped.components_text : scoped.node->kubelet_version);
  if (!scoped.version) {
    return Hold::NeedsPerson(HoldReason::kVersionUnreadable,
                             where + ", which is not a valid version");
  }
  if (std::max(*scoped.version, *scoped.ApiVersion()) > target) {
    return Hold::NeedsPerson(
        HoldReason::kDowngradeRefused,
        where + ", newer than " + wanted +
            "; downgrades are not supported: set spec.version to at least the version of "
            "the control plane");
  }
  if (!scoped.api_server) {
    return std::nullopt;
  }
  if (!scoped.apart && !scoped.marked && scoped.LeftBehind()) {
    return Hold::NeedsPerson(
        HoldReason::kSkewViolated,
        where + ", and its static pods still at " + scoped.components_text +
            ": a kubelet must not be newer than an API server; upgrade them by hand, and let the "
            "executor upgrade both (for kubeadm: executor.type Kubeadm)");
  }
  if (scoped.skip && MinorsBetween(*scoped.version, target) > 0) {
    return Hold::NeedsPerson(
        HoldReason::kSkippedNodeTooOld,
        where + " and skipped (" + scoped.skip->text + "): a kubelet must not be newer than " +
            "an API server; let it be upgraded, or choose a release of its minor version");
  }
  return std::nullopt;
}

/// The API servers that a kubelet may meet.
struct ApiServers {
  Version oldest;
  Version newest;
};

std::string Where(const ScopedNode& scoped) {
  return "node " + scoped.node->meta.name + " is at " + scoped.node->kubelet_version;
}

bool IsNewerThanApi(const ScopedNode& scoped, const ApiServers& api) {
  return !scoped.control_plane && MinorsBetween(api.oldest, *scoped.version) > 0;
}

bool IsNewerThanTarget(const ScopedNode& scoped, const Version& target) {
  return MinorsBetween(target, *scoped.version) > 0;
}

bool IsTooOld(const Version& kubelet, const Version& api_server) {
  return kubelet < Version{api_server.major, OldestKubeletMinor(api_server.minor), 0};
}

/// What the upgrade would make worse, or cannot cure. Nodes that hold etcd alone go before the API
/// servers, and so may be newer for a while.
std::optional<Hold> CheckKubeletVersion(const ScopedNode& scoped,
                                        const ApiServers& api,
                                        const Version& target) {
  if (IsNewerThanApi(scoped, api) && IsNewerThanTarget(scoped, target)) {
    return Hold::NeedsPerson(
        HoldReason::kSkewViolated,
        Where(scoped) +
            ", newer than the oldest API server, which is not supported: upgrade the "
            "control plane by hand, or replace the node with an older one");
  }
  if (!scoped.skip && IsNewerThanTarget(scoped, target)) {
    return Hold::NeedsPerson(
        HoldReason::kDowngradeRefused,
        Where(scoped) +
            ", a minor version newer than the target; downgrades are not supported: set "
            "spec.version to a v" +
            std::to_string(scoped.version->major) + "." + std::to_string(scoped.version->minor) +
            " release, or exclude the node (label clusterupgrade.io/exclude=true)");
  }
  // Others are lifted on the way. An API server that is there already meets the kubelet anyway.
  if (scoped.skip && IsTooOld(*scoped.version, target) && MinorsBetween(api.newest, target) > 0) {
    return Hold::NeedsPerson(HoldReason::kSkippedNodeTooOld,
                             Where(scoped) +
                                 ", too many minor versions older than the target, and skipped (" +
                                 scoped.skip->text + "); upgrade or remove it first");
  }
  return std::nullopt;
}

/// What is not supported and does not get worse, or "". Without names: one text for all nodes of
/// the version, whichever of them are upgraded first.
std::string DescribeSkew(const ScopedNode& scoped, const ApiServers& api) {
  const std::string who = "nodes at " + scoped.node->kubelet_version;
  if (IsNewerThanApi(scoped, api)) {
    return who +
           " are newer than the oldest API server, which is not supported: pods on them may fail "
           "until the control plane is upgraded";
  }
  if (IsTooOld(*scoped.version, api.newest)) {
    return who +
           " are too many minor versions older than the API server, which is not supported: " +
           (scoped.skip
                ? "those that are skipped (" + scoped.skip->text + ") are to be upgraded or removed"
                : "they are upgraded in their turn");
  }
  return "";
}

/// The kubelets beside API servers stand for them, or /version where none can be seen.
std::optional<ApiServers> FindApiServers(const Scope& scope, const std::string& server_version) {
  std::optional<ApiServers> servers;
  for (const NodeView& view : scope.views()) {
    const std::optional<Version>& version = view.scoped->ApiVersion();
    if (!view.api_server || !version) {
      continue;
    }
    servers = servers ? ApiServers{std::min(servers->oldest, *version),
                                   std::max(servers->newest, *version)}
                      : ApiServers{*version, *version};
  }
  if (servers) {
    return servers;
  }
  const auto version = ParseVersion(server_version);
  return version ? std::optional(ApiServers{*version, *version}) : std::nullopt;
}

/// Calls visit(node) for the first node in the order of work of each kind whose kubelet takes part
/// in the skew, until it returns false. Nodes of a kind share one answer.
template <class Visit>
void EachKindOfKubelet(const Scope& scope, const Visit& visit) {
  constexpr std::size_t kKinds = 4;  // of each version: skipped or not, of the control plane or not
  std::vector<bool> judged(scope.versions().size() * kKinds);
  for (const NodeView& view : scope.views()) {
    const std::size_t kind =
        view.version * kKinds + (view.skip == nullptr ? 0U : 2U) + (view.control_plane ? 1U : 0U);
    if (view.api_server || view.virtual_node || !view.scoped->version || judged[kind]) {
      continue;
    }
    judged[kind] = true;
    if (!visit(*view.scoped)) {
      return;
    }
  }
}

std::optional<Hold> CheckKubelets(const Scope& scope,
                                  const ApiServers& api,
                                  const Version& target) {
  std::optional<Hold> halt;
  EachKindOfKubelet(scope, [&](const ScopedNode& scoped) {
    halt = CheckKubeletVersion(scoped, api, target);
    return !halt;
  });
  return halt;
}

std::optional<Hold> CheckControlPlane(const api::ClusterUpgradeSpec& spec,
                                      const Scope& scope,
                                      const Version& target) {
  const auto& selector = spec.control_plane_selector;
  for (const NodeView& view : scope.views()) {
    if (!view.control_plane) {
      continue;
    }
    const ScopedNode& scoped = *view.scoped;
    if (selector && !selector->Matches(scoped.node->meta.labels)) {
      return Hold::NeedsPerson(
          HoldReason::kControlPlaneNotSelected,
          "node " + scoped.node->meta.name +
              " has a control-plane role label, but spec.controlPlane.nodeSelector does "
              "not select it; widen the selector");
    }
    if (auto halt = CheckControlPlaneVersion(scoped, scope.target().text, target)) {
      return halt;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Hold> CheckTarget(const api::ClusterUpgradeSpec& spec,
                                const Scope& scope,
                                const std::string& server_version) {
  if (!spec.problems.empty()) {
    return Hold::NeedsPerson(HoldReason::kInvalidSpec, spec.problems.front());
  }
  const std::string& wanted = scope.target().text;
  const std::optional<Version>& target = scope.target().version;
  if (!target) {
    return Hold::NeedsPerson(HoldReason::kInvalidSpec,
                             "spec.version: must look like v1.36.3, not \"" + wanted + "\"");
  }
  if (auto halt = CheckControlPlane(spec, scope, *target)) {
    return halt;
  }
  if (const auto& problem = scope.route().problem) {
    return Hold::NeedsPerson(HoldReason::kMinorSkipped, *problem);
  }
  const std::optional<ApiServers> api = FindApiServers(scope, server_version);
  if (!api) {
    return std::nullopt;
  }
  if (!scope.SeesApiServer() && MinorsBetween(api->oldest, *target) > 0) {
    return Hold::NeedsPerson(HoldReason::kSkewViolated,
                             "the API server is at " + server_version +
                                 " and no control-plane node is " +
                                 "visible: upgrade the control plane to " + wanted +
                                 " first, or, if its nodes are among those of this cluster, select "
                                 "them with spec.controlPlane.nodeSelector");
  }
  return CheckKubelets(scope, *api, *target);
}

std::vector<SkewWarning> FindSkew(const Scope& scope, const std::string& server_version) {
  std::vector<SkewWarning> warnings;
  const std::optional<Version>& target = scope.target().version;
  const std::optional<ApiServers> api = FindApiServers(scope, server_version);
  if (!target || !api) {
    return warnings;
  }
  EachKindOfKubelet(scope, [&](const ScopedNode& scoped) {
    if (std::string text = DescribeSkew(scoped, *api); !text.empty()) {
      warnings.push_back({scoped.node->kubelet_version, std::move(text)});
    }
    return true;
  });
  return warnings;
}

}  // namespace cu::planner
