#pragma once
#include "api/objects.hpp"
#include "codec/decode/read.hpp"

namespace cu::codec {

template <>
Names DroppedMembers<api::Node>();
template <>
api::Node Read(const Reader& object);

}  // namespace cu::codec
