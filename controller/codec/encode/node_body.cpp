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

std::string NodeTaintPatch(const TaintPatch& patch) {
  Json taint = {{"key", patch.taint.key}, {"effect", patch.taint.effect}};
  if (!patch.taint.value.empty()) {
    taint["value"] = patch.taint.value;
  }
  Json operations = Json::array({{{"op", "replace"},
                                  {"path", "/metadata/resourceVersion"},
                                  {"value", patch.resource_version}}});
  if (patch.at) {
    const std::string place = "/spec/taints/" + std::to_string(*patch.at);
    operations.push_back({{"op", "test"}, {"path", place}, {"value", std::move(taint)}});
    operations.push_back({{"op", "remove"}, {"path", place}});
  } else if (patch.alone) {
    operations.push_back(
        {{"op", "add"}, {"path", "/spec/taints"}, {"value", Json::array({std::move(taint)})}});
  } else {
    operations.push_back({{"op", "add"}, {"path", "/spec/taints/-"}, {"value", std::move(taint)}});
  }
  return Dump(operations);
}

}  // namespace cu::codec
