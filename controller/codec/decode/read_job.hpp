#pragma once
#include "api/objects.hpp"
#include "codec/decode/read.hpp"

namespace cu::codec {

template <>
Names DroppedMembers<api::Job>();
template <>
api::Job Read(const Reader& object);

}  // namespace cu::codec
