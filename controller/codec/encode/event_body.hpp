#pragma once
#include <string>

#include "base/time.hpp"

namespace cu::codec {

struct EventBodyInput {
  std::string name;
  std::string ns;
  std::string regarding_kind;  ///< "ClusterUpgrade" or "Node"
  std::string regarding_name;
  std::string regarding_uid;
  std::string related_node;  ///< "" = none
  std::string related_node_uid;
  bool warning = false;
  std::string reason;
  std::string action;
  std::string note;
  std::string instance;  ///< reportingInstance: our identity
  base::WallTime time;
};
/// events.k8s.io/v1 Event.
std::string EventBody(const EventBodyInput& input);

}  // namespace cu::codec
