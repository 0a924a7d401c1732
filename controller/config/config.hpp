#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "access/cluster_access.hpp"
#include "api/executor_images.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "config/environment.hpp"
#include "config/settings.hpp"

namespace cu::config {

/// Where a server listens.
struct BindAddress {
  std::string host;  ///< numeric; "" for every address of this machine
  std::uint16_t port = 0;
  bool operator==(const BindAddress&) const = default;
};

/// Everything that is set from outside, validated.
struct Config {
  access::ClusterAccess cluster;
  std::string namespace_name;  ///< of the Lease
  std::string job_namespace;
  std::string pod_namespace;  ///< our own pod's, where it is known, else namespace_name
  std::string pod_name;       ///< "" outside a cluster
  std::string node_name;      ///< "" outside a cluster
  api::ExecutorImages executor_images;
  bool leader_elect = true;
  std::optional<BindAddress> metrics;  ///< none: off
  std::optional<BindAddress> health;   ///< none: off
  base::LogFormat log_format = base::LogFormat::kJson;
  int verbosity = 0;
};

/// `arguments` is without the program's name.
/// Errors: kInvalid  the message names the flag, variable or key, and what to write instead
base::Result<std::variant<Config, EarlyExit>> Load(const std::vector<std::string>& arguments,
                                                   const Environment& environment,
                                                   const std::string& version);

}  // namespace cu::config
