#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/scopes.hpp"
#include "core/telemetry/progress.hpp"
#include "core/telemetry/view.hpp"
#include "core/watches.hpp"
#include "kube/calls.hpp"

namespace cu::core {

/// Where a view comes from. All outlive the call.
struct ViewSources {
  const Watches* watches = nullptr;
  Scopes* scopes = nullptr;
  std::string own_node;
  const kube::CallStats* calls = nullptr;
  const Progress* progress = nullptr;
  const std::map<std::string, std::uint64_t>* evictions = nullptr;
  std::optional<base::SteadyTime> leads_until;  ///< none: a standby
  bool synced = false;
  const std::map<std::string, std::uint64_t>* status_refusals = nullptr;
};

std::shared_ptr<const View> BuildView(const ViewSources& sources, base::Now now);

}  // namespace cu::core
