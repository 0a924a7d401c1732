#pragma once
#include "api/cluster_upgrade.hpp"
#include "codec/json.hpp"

namespace cu::codec {

/// What cannot be read is left out: the field, or the whole entry of a list.
api::ClusterUpgradeStatus ReadStatus(const Reader& status);

}  // namespace cu::codec
