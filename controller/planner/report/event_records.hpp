#pragma once
#include <string>
#include <vector>

#include "api/cluster_upgrade.hpp"
#include "planner/model/finding.hpp"

namespace cu::planner {

/// Something worth telling users: one Event on the ClusterUpgrade, warnings also on the node.
struct EventRecord {
  bool warning = false;
  std::string reason;  ///< CamelCase
  std::string action;  ///< what we were doing, CamelCase: events.k8s.io/v1 requires it
  std::string note;    ///< at most 1,000 characters
  std::string node;    ///< concerned, or ""
  std::string node_uid;
  std::string id;      ///< the same for the same occurrence: makes the Event's name
  bool minor = false;  ///< there may be hundreds of its kind: it waits behind all others
  bool operator==(const EventRecord&) const = default;
};

/// One warning for each finding of `found` that is not in `reported`; minor.
std::vector<EventRecord> EventsOfFindings(const api::ClusterUpgrade& upgrade,
                                          const std::vector<Finding>& reported,
                                          const std::vector<Finding>& found);

/// What changed from a durable status to the next one that people want to hear of.
std::vector<EventRecord> EventsBetween(const api::ClusterUpgrade& upgrade,
                                       const api::ClusterUpgradeStatus& before,
                                       const api::ClusterUpgradeStatus& after);

}  // namespace cu::planner
