#include "codec/decode/read_endpoints.hpp"

#include <array>
#include <utility>

#include "codec/decode/read_metadata.hpp"

namespace cu::codec {

template <>
Names DroppedMembers<api::EndpointSlice>() {
  static constexpr auto kNames = std::to_array<std::string_view>({"managedFields",
                                                                  "annotations",
                                                                  "addresses",
                                                                  "ports",
                                                                  "hints",
                                                                  "deprecatedTopology",
                                                                  "ownerReferences"});
  return kNames;
}

template <>
api::EndpointSlice Read(const Reader& object) {
  api::EndpointSlice slice;
  slice.meta = ReadMetadata(object["metadata"], KeepNone);
  const Reader endpoints = object["endpoints"];
  std::size_t bytes = 0;
  for (const Reader& item : endpoints.Items()) {
    if (!item["conditions"]["ready"].Flag(true)) {
      continue;
    }
    const Reader target = item["targetRef"];
    const bool pod = target["kind"].Text() == "Pod";
    api::EndpointSlice::Endpoint ready{
        item["nodeName"].Text(),
        pod ? target["namespace"].Text() + "/" + target["name"].Text() : ""};
    if (!endpoints.Fits(bytes, ready.node.size() + ready.pod.size())) {
      break;
    }
    slice.ready.push_back(std::move(ready));
  }
  return slice;
}

}  // namespace cu::codec
