#include "codec/encode/node_body.hpp"

#include <utility>

#include "codec/json.hpp"

namespace cu::codec {

std::string NodeApplyBody(const NodeApply& apply) {
  Json metadata = {{"name", apply.name}, {"uid", apply.uid}};
  if (!apply.resource_version.empty()) {
    metadata["resourceVersion"] = apply.resource_version;
  }
  if (!apply.labels.empty()) {
    metadata["labels"] = apply.labels;
  }
  if (!apply.annotations.empty()) {
    metadata["annotations"] = apply.annotations;
  }
  Json body = {{"apiVersion", "v1"}, {"kind", "Node"}, {"metadata", std::move(metadata)}};
  if (apply.unschedulable) {
    body["spec"] = {{"unschedulable", true}};
  }
  return Dump(body);
}

}  // namespace cu::codec
