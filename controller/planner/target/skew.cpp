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
  const std::string where =
      "control-plane node " + scoped.node->meta.name + " is at " + scoped.node->kubelet_version;
  if (!scoped.version) {
    return Hold::NeedsPerson(HoldReason::kVersionUnreadable,
                             where + ", which is not a valid version");
  }
  if (*scoped.version > target) {
    return Hold::NeedsPerson(
        HoldReason::kDowngradeRefused,
        where + ", newer than " + wanted +
            "; downgrades are not supported: set spec.version to at least the version of "
            "the control plane");
  }
  if (!scoped.api_server) {
    return std::nullopt;
  }
  if (MinorsBetween(*scoped.version, target) > 1) {
    return Hold::NeedsPerson(HoldReason::kMinorSkipped,
                             where + ", more than one minor version older than " + wanted +
                                 "; set spec.version to a v" + std::to_string(target.major) + "." +
                                 std::to_string(scoped.version->minor + 1) + " release first");
  }
  if (scoped.skip && MinorsBetween(*scoped.version, target) > 0) {
    return Hold::NeedsPerson(
        HoldReason::kSkippedNodeTooOld,
        where + " and skipped (" + scoped.skip->text + "): a kubelet must not be newer than " +
            "an API server; let it be upgraded, or choose a release of its minor version");
  }
  return std::nullopt;
}

/// `api` is the oldest API server that a kubelet may meet. Nodes that hold etcd alone go before
/// the API servers, and so may be newer for a while.
std::optional<Hold> CheckKubeletVersion(const ScopedNode& scoped,
                                        const Version& api,
                                        const Version& target) {
  constexpr int kKubeletMayLagMinors = 3;
  if (!scoped.version) {
    return std::nullopt;
  }
  const auto where = [&] {
    return "node " + scoped.node->meta.name + " is at " + scoped.node->kubelet_version;
  };
  if (!scoped.control_plane && MinorsBetween(api, *scoped.version) > 0) {
    return Hold::NeedsPerson(
        HoldReason::kSkewViolated,
        where() +
            ", newer than the oldest API server, which is not supported: upgrade the "
            "control plane by hand, or replace the node with an older one");
  }
  if (!scoped.skip && MinorsBetween(target, *scoped.version) > 0) {
    return Hold::NeedsPerson(
        HoldReason::kDowngradeRefused,
        where() +
            ", a minor version newer than the target; downgrades are not supported: set "
            "spec.version to a v" +
            std::to_string(scoped.version->major) + "." + std::to_string(scoped.version->minor) +
            " release, or exclude the node (label clusterupgrade.io/exclude=true)");
  }
  if (MinorsBetween(*scoped.version, target) > kKubeletMayLagMinors) {
    return Hold::NeedsPerson(
        !scoped.skip ? HoldReason::kSkewViolated : HoldReason::kSkippedNodeTooOld,
        where() +
            ", more than three minor versions older than the target; "
            "upgrade or remove it first");
  }
  return std::nullopt;
}

/// The oldest API server: the oldest kubelet beside one stands for it, or /version where none can
/// be seen.
std::optional<Version> OldestApiServer(const Scope& scope, const std::string& server_version) {
  std::optional<Version> oldest;
  for (const NodeView& view : scope.views()) {
    if (!view.api_server) {
      continue;
    }
    const std::optional<Version>& version = view.scoped->version;
    if (version && (!oldest || *version < *oldest)) {
      oldest = version;
    }
  }
  return oldest ? oldest : ParseVersion(server_version);
}

/// The first node in the order of work whose kubelet is too old or too new. Nodes of a kind share
/// one answer.
std::optional<Hold> CheckKubelets(const Scope& scope, const Version& api, const Version& target) {
  constexpr std::size_t kKinds = 4;  // of each version: skipped or not, of the control plane or not
  std::vector<bool> judged(scope.versions().size() * kKinds);
  for (const NodeView& view : scope.views()) {
    const std::size_t kind =
        view.version * kKinds + (view.skip == nullptr ? 0U : 2U) + (view.control_plane ? 1U : 0U);
    if (view.api_server || judged[kind]) {
      continue;
    }
    judged[kind] = true;
    if (auto halt = CheckKubeletVersion(*view.scoped, api, target)) {
      return halt;
    }
  }
  return std::nullopt;
}

/// A stop on the way: this release goes to spec.version in one step.
std::optional<Hold> CheckPath(const api::ClusterUpgradeSpec& spec, const Version& api) {
  const auto stop = std::find_if(spec.path.begin(), spec.path.end(), [&](const std::string& entry) {
    const auto version = ParseVersion(entry);
    return version && *version > api;
  });
  if (stop == spec.path.end()) {
    return std::nullopt;
  }
  return Hold::NeedsPerson(
      HoldReason::kNotSupported,
      "spec.path: the intermediate version " + *stop +
          " is not supported by this release: leave it out, or set spec.version to " + *stop +
          " first");
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

/// Features of the API that this release refuses instead of ignoring.
std::optional<Hold> CheckSupported(const api::ClusterUpgradeSpec& spec) {
  const auto refuse = [](std::string field, std::string advice) {
    return Hold::NeedsPerson(
        HoldReason::kNotSupported,
        std::move(field) + " is not supported by this release: " + std::move(advice));
  };
  switch (spec.executor.type) {
    case api::ExecutorType::kKubeadm:
    case api::ExecutorType::kK3s:
    case api::ExecutorType::kRke2:
      return refuse("spec.executor.type", "use Job or External");
    case api::ExecutorType::kJob:
    case api::ExecutorType::kExternal:
      break;
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
  if (auto halt = CheckSupported(spec)) {
    return halt;
  }
  if (auto halt = CheckControlPlane(spec, scope, *target)) {
    return halt;
  }
  const std::optional<Version> api = OldestApiServer(scope, server_version);
  if (!api) {
    return std::nullopt;
  }
  if (auto halt = CheckPath(spec, *api)) {
    return halt;
  }
  if (!scope.SeesApiServer() && MinorsBetween(*api, *target) > 0) {
    return Hold::NeedsPerson(HoldReason::kSkewViolated,
                             "the API server is at " + server_version +
                                 " and no control-plane node is " +
                                 "visible: upgrade the control plane to " + wanted + " first");
  }
  return CheckKubelets(scope, *api, *target);
}

}  // namespace cu::planner
