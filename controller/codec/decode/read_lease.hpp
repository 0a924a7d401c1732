#pragma once
#include "api/objects.hpp"
#include "codec/decode/read.hpp"

namespace cu::codec {

template <>
Names DroppedMembers<api::Lease>();
template <>
api::Lease Read(const Reader& object);

}  // namespace cu::codec
