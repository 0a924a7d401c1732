#pragma once
#include <map>
#include <string>

#include "api/objects.hpp"

namespace cu::planner {

/// The release of the control plane's components on each node that shows a mirror pod of
/// kube-apiserver, kube-controller-manager and kube-scheduler whose images have a release as tag:
/// the oldest of the three, "v1.36.3", by node. etcd has releases of its own.
using Components = std::map<std::string, std::string>;

/// The tag of an image, without a digest; "" if it has none.
std::string TagOf(const std::string& image);

/// `pods`: those of the control plane, as kubeadm labels them (k8s.io/kubernetes cmd/kubeadm/app/
/// util/staticpod/utils.go, ComponentPod).
Components ComponentsOf(const api::ObjectMap<api::Pod>& pods);

}  // namespace cu::planner
