#include "planner/target/etcd.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include "planner/target/components.hpp"

namespace cu::planner {
namespace {

constexpr int kKubernetesMajor = 1;
constexpr int kEtcdMajor = 3;

struct Row {
  int kubernetes;  ///< minor
  int etcd;        ///< minor
};
constexpr auto kRows =
    std::to_array<Row>({{30, 5}, {31, 5}, {32, 5}, {33, 5}, {34, 6}, {35, 6}, {36, 6}, {37, 7}});

std::string EtcdName(int minor) {
  return "etcd " + std::to_string(kEtcdMajor) + "." + std::to_string(minor);
}

/// What to go by, so that etcd comes to `wanted` first.
std::string DescribeCure(int wanted) {
  const auto row = std::find_if(
      kRows.rbegin(), kRows.rend(), [&](const Row& one) { return one.etcd == wanted; });
  std::string by_hand = "upgrade etcd to " + std::to_string(kEtcdMajor) + "." +
                        std::to_string(wanted) + " by other means first";
  if (row == kRows.rend()) {
    return by_hand;
  }
  return "add a release of v" + std::to_string(kKubernetesMajor) + "." +
         std::to_string(row->kubernetes) +
         " that the control plane is not at yet to spec.path, which brings " + EtcdName(wanted) +
         ", or " + by_hand;
}

}  // namespace

std::optional<EtcdSeen> FindOldestEtcd(const api::ObjectMap<api::Pod>& pods) {
  std::optional<EtcdSeen> oldest;
  for (const auto& [key, pod] : pods) {
    const auto label = pod.meta.labels.find("component");
    if (!pod.mirror() || label == pod.meta.labels.end() || label->second != "etcd") {
      continue;
    }
    const std::string tag = TagOf(pod.mirror_image);
    const auto version = ParseVersion(tag.starts_with('v') ? tag : "v" + tag);
    if (version && version->major == kEtcdMajor && (!oldest || *version < oldest->version)) {
      oldest = EtcdSeen{*version, tag, key};
    }
  }
  return oldest;
}

std::optional<int> EtcdMinorOf(const Version& kubernetes) {
  const auto* const row = std::find_if(kRows.begin(), kRows.end(), [&](const Row& one) {
    return kubernetes.major == kKubernetesMajor && one.kubernetes == kubernetes.minor;
  });
  return row == kRows.end() ? std::nullopt : std::optional(row->etcd);
}

std::string DescribeEtcdSkip(const EtcdSeen& etcd, const Route& route) {
  int minor = etcd.version.minor;
  for (const Hop& hop : route.hops) {
    if (!hop.control_plane || !hop.target.version) {
      continue;
    }
    const std::optional<int> brings = EtcdMinorOf(*hop.target.version);
    if (!brings) {
      return "";
    }
    if (*brings > minor + 1) {
      const std::string now = etcd.text + " (" + etcd.pod + ")";
      const std::string then = "3." + std::to_string(minor) + " by then";
      return EtcdName(*brings) + " comes with " + hop.target.text + ", and etcd is at " +
             (minor == etcd.version.minor ? now : then) + ": it goes up by one minor at a time; " +
             DescribeCure(minor + 1);
    }
    minor = std::max(minor, *brings);
  }
  return "";
}

}  // namespace cu::planner
