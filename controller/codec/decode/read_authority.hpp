#pragma once
#include "api/cluster_keys.hpp"
#include "codec/decode/read.hpp"

namespace cu::codec {

template <>
Names DroppedMembers<api::AuthorityBundle>();
template <>
api::AuthorityBundle Read(const Reader& object);

}  // namespace cu::codec
