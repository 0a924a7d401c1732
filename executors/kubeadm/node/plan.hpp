#pragma once
#include <optional>
#include <string>

#include "node/facts.hpp"
#include "node/options.hpp"
#include "node/state.hpp"

namespace cu::node {

/// What this run does with the node.
struct Plan {
  bool nothing = false;        ///< all is done already
  bool control_plane = false;  ///< change the static pods
  bool programs = false;       ///< change the kubelet and kubectl
  bool one_swap = false;       ///< else by kubeadm alone
  bool etcd = false;           ///< etcd is a static pod of this node
  /// The first control-plane node: `kubeadm upgrade apply`, else `kubeadm upgrade node`. kubeadm
  /// raises the version in its ConfigMap only after the static pods (cmd/upgrade/apply.go, the
  /// order of the phases: control-plane, upload-config), so this is right after a kill too.
  bool first = false;
  std::string why;  ///< why this method, or why nothing
};

/// Errors of kind kInvalid: the input does not fit; others: the cluster has to come first.
base::Result<Plan> MakePlan(const Options& options, const Facts& facts);

/// What the beginning of a run sees of an earlier one.
struct Remains {
  std::optional<Journal> journal;
  bool kubelet_on = false;
  Manifests manifests;
};

enum class Mending {
  kNothing,
  kStartKubelet,
  kForget,   ///< the change under way has been overtaken: only its record is left
  kForward,  ///< all is changed: see whether it becomes healthy
  kGoBack,   ///< half changed
};

/// Pure.
Mending MendingFor(const Remains& remains);

}  // namespace cu::node
