#pragma once
#include "api/cluster_upgrade.hpp"
#include "codec/decode/read.hpp"

namespace cu::codec {

template <>
Names DroppedMembers<api::ClusterUpgrade>();
template <>
api::ClusterUpgrade Read(const Reader& object);

}  // namespace cu::codec
