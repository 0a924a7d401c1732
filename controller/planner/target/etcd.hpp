#pragma once
#include <optional>
#include <string>

#include "api/objects.hpp"
#include "planner/target/route.hpp"
#include "planner/target/version.hpp"

namespace cu::planner {

/// An etcd that runs as a static pod.
struct EtcdSeen {
  Version version;
  std::string text;  ///< the tag of its image, "3.5.24-0"
  std::string pod;   ///< "namespace/name"
};
/// The oldest of those that kubeadm's label component=etcd names; none: none has a release as tag.
/// `pods`: those of the control plane.
std::optional<EtcdSeen> FindOldestEtcd(const api::ObjectMap<api::Pod>& pods);

/// The minor of etcd 3 that kubeadm of this Kubernetes release brings (kubernetes/kubernetes
/// cmd/kubeadm/app/constants/constants.go, SupportedEtcdVersion, in the branch of each minor from
/// 1.30 to 1.37; patch releases change etcd's patch alone). None: not known.
std::optional<int> EtcdMinorOf(const Version& kubernetes);

/// Why kubeadm may not go the way with this etcd, and what to do; "" if it may, or if it is not
/// known what a hop brings. etcd goes up by one minor at a time
/// (https://etcd.io/docs/v3.6/upgrades/upgrading-etcd/, upgrade policy), and kubeadm brings it with
/// the control plane.
std::string DescribeEtcdSkip(const EtcdSeen& etcd, const Route& route);

}  // namespace cu::planner
