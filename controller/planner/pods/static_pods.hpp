#pragma once
#include <string>
#include <vector>

#include "api/objects.hpp"

/// Mirror pods: what the kubelet of a control-plane node runs from its static manifests. Private to
/// planner/.
namespace cu::planner {

/// A mirror pod of etcd, kube-apiserver, kube-controller-manager or kube-scheduler.
bool IsOfControlPlane(const api::Pod& pod);

/// A mirror pod of etcd or kube-apiserver that the API server itself needs: where one runs, there
/// is the control plane.
bool IsApiServerOrEtcd(const api::Pod& pod);

/// "namespace/name" of Ready mirror pods, and those of `before`; at most 50, the control plane's
/// first.
std::vector<std::string> ReadyStaticPods(const api::ObjectMap<api::Pod>& pods,
                                         const std::vector<std::string>& before);

/// Those of `names` that are not Ready among `pods`. One that is absent counts if it is the control
/// plane's; others go when their manifest does.
std::vector<std::string> UnreadyStaticPods(const std::vector<std::string>& names,
                                           const api::ObjectMap<api::Pod>& pods);

}  // namespace cu::planner
