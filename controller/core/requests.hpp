#pragma once
#include <string>
#include <variant>

#include "api/cluster_upgrade.hpp"
#include "core/verdict.hpp"
#include "planner/model/action.hpp"
#include "port/port.hpp"

namespace cu::core {

/// Where acts are done.
struct Place {
  std::string job_namespace;
  std::string upgrade_version;  ///< resourceVersion of the copy planned on: SetFinalizer
};

/// A request, or the judgement (kInvalid) that spares it: a Job's template cannot be used.
using Prepared = std::variant<port::Request, Judgement>;

/// The request that carries out `act`. No apply is forced: a field that a person set stays theirs.
Prepared RequestFor(const planner::Action& act, const Place& place);

/// The status write. An old resourceVersion is answered with 409.
port::Request StatusWrite(const std::string& upgrade,
                          const std::string& resource_version,
                          const api::ClusterUpgradeStatus& status);
/// The live object.
port::Request UpgradeRead(const std::string& upgrade);

}  // namespace cu::core
