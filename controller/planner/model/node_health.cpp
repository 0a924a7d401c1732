#include "planner/model/node_health.hpp"

#include <chrono>

#include "base/time.hpp"

namespace cu::planner {
namespace {

constexpr auto kWorthTelling = std::chrono::minutes(1);

/// A Node of another name on the same machine, as its kubelet reports it; or "".
std::string TwinOf(const Planning& planning, const api::Node& node) {
  if (node.system_uuid.empty()) {
    return "";
  }
  for (const NodeView& view : planning.nodes()) {
    const api::Node& other = view.node();
    if (other.system_uuid == node.system_uuid && other.meta.uid != node.meta.uid && other.ready) {
      return other.meta.name;
    }
  }
  return "";
}

}  // namespace

Asked<std::string> WhyNotReady(const Planning& planning, const api::Node& node) {
  Asked<std::string> why;
  if (node.ready || !node.ready_since) {
    return why;
  }
  const base::WallTime told = *node.ready_since + kWorthTelling;
  if (planning.world().now.wall < told) {
    why.add.WakeAt(planning.WakeFor(told));
    return why;
  }
  const std::string twin = TwinOf(planning, node);
  why.answer = "the node has not been Ready since " + base::FormatTime(*node.ready_since) +
               (twin.empty() ? ": check its machine and its kubelet; if it came back under another "
                               "name or is gone, delete this Node"
                             : ": its machine seems to be back as node " + twin +
                                   "; if it is, delete this Node");
  return why;
}

}  // namespace cu::planner
