#pragma once
#include <string>

#include "api/meta.hpp"

namespace cu::codec {

/// Server-side apply of a Node's metadata.{uid, resourceVersion?, labels, annotations} and
/// spec.unschedulable (only when true). What is left out is given up by the field manager.
struct NodeApply {
  std::string name;
  std::string uid;
  std::string resource_version;  ///< "" = not sent
  api::StringMap labels;
  api::StringMap annotations;
  bool unschedulable = false;
};
std::string NodeApplyBody(const NodeApply& apply);

}  // namespace cu::codec
