#pragma once
#include "api/cluster_upgrade.hpp"
#include "codec/json.hpp"

namespace cu::codec {

api::ClusterUpgradeSpec ReadSpec(const Reader& spec);

}  // namespace cu::codec
