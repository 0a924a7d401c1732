#include "codec/decode/read_node.hpp"

#include <array>

#include "api/labels.hpp"
#include "base/text.hpp"
#include "codec/decode/read_condition.hpp"
#include "codec/decode/read_metadata.hpp"

namespace cu::codec {
namespace {

/// A kubelet may report anything; what is longer is no version and no UUID.
constexpr std::size_t kLongestWord = 128;

bool KeepOfNode(const std::string& annotation) {
  return KeepOurs(annotation) || annotation == api::kScaleDownDisabled ||
         annotation == api::kDoNotDisrupt;
}

}  // namespace

template <>
Names DroppedMembers<api::Node>() {
  static constexpr auto kNames = std::to_array<std::string_view>(
      {"managedFields", "images", "addresses", "capacity", "allocatable", "volumesAttached"});
  return kNames;
}

template <>
api::Node Read(const Reader& object) {
  api::Node node;
  node.meta = ReadMetadata(object["metadata"], KeepOfNode);
  const Reader spec = object["spec"];
  node.unschedulable = spec["unschedulable"].Flag();
  for (const Reader& taint : spec["taints"].Items()) {
    node.taints.push_back({taint["key"].Text(), taint["value"].Text(), taint["effect"].Text()});
  }
  const Reader status = object["status"];
  const FoundCondition ready = FindCondition(status["conditions"], "Ready");
  node.ready = ready.is_true;
  node.ready_since = ready.since;
  node.kubelet_version = base::Cut(status["nodeInfo"]["kubeletVersion"].Text(), kLongestWord);
  node.boot_id = base::Cut(status["nodeInfo"]["bootID"].Text(), kLongestWord);
  node.os = base::Cut(status["nodeInfo"]["operatingSystem"].Text(), kLongestWord);
  node.system_uuid = base::Cut(status["nodeInfo"]["systemUUID"].Text(), kLongestWord);
  return node;
}

}  // namespace cu::codec
