#include "planner/target/node_kind.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace cu::planner {
namespace {

using Mark = std::pair<std::string_view, std::string_view>;

/// https://github.com/virtual-kubelet/virtual-kubelet (cmd/virtual-kubelet/internal/commands/root),
/// https://docs.liqo.io (pkg/consts), https://interlink-project.dev
constexpr auto kVirtualLabels = std::to_array<Mark>({{"type", "virtual-kubelet"},
                                                     {"type", "virtual-node"},
                                                     {"liqo.io/type", "virtual-node"},
                                                     {"node.kubernetes.io/instance-type", "eklet"},
                                                     {"alibabacloud.com/virtual-node", "true"}});
/// Of labels and taints, whatever their value.
constexpr auto kVirtualKeys = std::to_array<std::string_view>({"virtual-kubelet.io/",
                                                               "virtual-node.liqo.io/",
                                                               "virtual-node.interlink/",
                                                               "eks.tke.cloud.tencent.com/eklet"});
/// In the suffix of the version: Virtual Kubelet's providers, and KubeEdge, whose edgecore is not
/// Kubernetes' kubelet.
constexpr auto kVirtualVersions = std::to_array<std::string_view>({"-vk-", "-kubeedge-"});

bool IsVirtualKey(const std::string& key) {
  return std::any_of(kVirtualKeys.begin(), kVirtualKeys.end(), [&](std::string_view prefix) {
    return key.starts_with(prefix);
  });
}

}  // namespace

std::string VirtualMarkOf(const api::Node& node) {
  const api::StringMap& labels = node.meta.labels;
  for (const auto& [key, value] : kVirtualLabels) {
    const auto label = labels.find(key);
    if (label != labels.end() && label->second == value) {
      return "label " + label->first + "=" + label->second;
    }
  }
  for (const auto& [key, value] : labels) {
    if (IsVirtualKey(key)) {
      return "label " + key;
    }
  }
  for (const api::Taint& taint : node.taints) {
    if (IsVirtualKey(taint.key)) {
      return "taint " + taint.key;
    }
  }
  for (const std::string_view part : kVirtualVersions) {
    if (node.kubelet_version.find(part) != std::string::npos) {
      return "version " + node.kubelet_version;
    }
  }
  return "";
}

std::string SystemOf(const api::Node& node) {
  for (const char* key : {"kubernetes.io/os", "beta.kubernetes.io/os"}) {
    const auto label = node.meta.labels.find(std::string_view(key));
    if (label != node.meta.labels.end() && !label->second.empty()) {
      return label->second;
    }
  }
  return node.os.empty() ? "linux" : node.os;
}

}  // namespace cu::planner
