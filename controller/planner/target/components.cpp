#include "planner/target/components.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "planner/target/version.hpp"

namespace cu::planner {
namespace {

constexpr auto kComponents = std::to_array<std::string_view>(
    {"kube-apiserver", "kube-controller-manager", "kube-scheduler"});

}  // namespace

std::string TagOf(const std::string& image) {
  const std::string name = image.substr(0, image.find('@'));
  const std::size_t colon = name.find(':', name.rfind('/') + 1);
  return colon == std::string::npos ? "" : name.substr(colon + 1);
}

Components ComponentsOf(const api::ObjectMap<api::Pod>& pods) {
  std::map<std::string, std::map<std::string, std::string>> found;  // tag by node and component
  for (const auto& [key, pod] : pods) {
    const auto label = pod.meta.labels.find("component");
    if (pod.mirror() && label != pod.meta.labels.end() &&
        std::find(kComponents.begin(), kComponents.end(), label->second) != kComponents.end()) {
      found[pod.node_name][label->second] = TagOf(pod.mirror_image);
    }
  }
  Components oldest;
  for (const auto& [node, tags] : found) {
    std::string* least = nullptr;
    const bool readable = std::all_of(
        tags.begin(), tags.end(), [](const auto& tag) { return ParseVersion(tag.second); });
    if (!readable || tags.size() != kComponents.size()) {
      continue;
    }
    for (const auto& [component, tag] : tags) {
      if (least == nullptr) {
        least = &(oldest[node] = tag);
      } else if (*ParseVersion(tag) < *ParseVersion(*least)) {
        *least = tag;
      }
    }
  }
  return oldest;
}

}  // namespace cu::planner
