#pragma once
#include "api/objects.hpp"
#include "codec/decode/read.hpp"

namespace cu::codec {

template <>
Names DroppedMembers<api::WorkloadPod>();
template <>
api::WorkloadPod Read(const Reader& object);

}  // namespace cu::codec
