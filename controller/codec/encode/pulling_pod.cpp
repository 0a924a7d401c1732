#include "codec/encode/pulling_pod.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace cu::codec {
namespace {

constexpr int kNobody = 65534;

/// What decides where the pod runs, and where its images come from.
constexpr auto kKept = std::to_array<const char*>({"nodeName",
                                                   "affinity",
                                                   "tolerations",
                                                   "serviceAccountName",
                                                   "automountServiceAccountToken",
                                                   "imagePullSecrets",
                                                   "runtimeClassName",
                                                   "schedulerName",
                                                   "hostNetwork",
                                                   "restartPolicy"});

/// Enough for any quota or LimitRange that asks for some, and small enough for a full node.
Json Resources() {
  return {{"requests", {{"cpu", "1m"}, {"memory", "16Mi"}}},
          {"limits", {{"cpu", "100m"}, {"memory", "64Mi"}}}};
}

Json Rights() {
  return {{"allowPrivilegeEscalation", false},
          {"readOnlyRootFilesystem", true},
          {"runAsNonRoot", true},
          {"runAsUser", kNobody},
          {"seccompProfile", {{"type", "RuntimeDefault"}}},
          {"capabilities", {{"drop", {"ALL"}}}}};
}

bool HasImage(const Json& containers, const Json& image) {
  return std::any_of(containers.begin(), containers.end(), [&](const Json& container) {
    return container["image"] == image;
  });
}

/// Adds one for each image that is not there yet.
void AddContainers(const Json& from, Json& to) {
  for (const Json& container : from) {
    if (!container.contains("image") || HasImage(to, container["image"])) {
      continue;
    }
    Json pull = {{"name", "pull-" + std::to_string(to.size() + 1)},
                 {"image", container["image"]},
                 {"command", {"true"}},
                 {"resources", Resources()},
                 {"securityContext", Rights()}};
    if (container.contains("imagePullPolicy")) {
      pull["imagePullPolicy"] = container["imagePullPolicy"];
    }
    to.push_back(std::move(pull));
  }
}

}  // namespace

Json PullingPodSpec(const Json& pod_spec) {
  Json spec = Json::object();
  for (const char* name : kKept) {
    if (pod_spec.contains(name)) {
      spec[name] = pod_spec[name];
    }
  }
  spec["terminationGracePeriodSeconds"] = 0;
  spec["enableServiceLinks"] = false;
  Json containers = Json::array();
  for (const char* list : {"initContainers", "containers"}) {
    if (pod_spec.contains(list)) {
      AddContainers(pod_spec[list], containers);
    }
  }
  spec["containers"] = std::move(containers);
  return spec;
}

}  // namespace cu::codec
