#pragma once
#include "api/objects.hpp"
#include "codec/decode/read.hpp"

namespace cu::codec {

template <>
Names DroppedMembers<api::DaemonSet>();
template <>
api::DaemonSet Read(const Reader& object);

}  // namespace cu::codec
