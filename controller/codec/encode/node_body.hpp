#pragma once
#include <cstddef>
#include <optional>
#include <string>

#include "api/meta.hpp"
#include "api/objects.hpp"

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

/// JSON Patch [replace /metadata/resourceVersion, then one entry of /spec/taints]: an old version
/// gives 409, so that what others have written meanwhile stays.
struct TaintPatch {
  std::string resource_version;
  api::Taint taint;
  std::optional<std::size_t> at;  ///< its place: it is removed if it is there; none: it is added
  bool alone = false;             ///< to be added: there is no list of taints
};
std::string NodeTaintPatch(const TaintPatch& patch);

}  // namespace cu::codec
