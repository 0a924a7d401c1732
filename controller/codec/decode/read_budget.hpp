#pragma once
#include "api/objects.hpp"
#include "codec/decode/read.hpp"

namespace cu::codec {

template <>
Names DroppedMembers<api::PodDisruptionBudget>();
template <>
api::PodDisruptionBudget Read(const Reader& object);

}  // namespace cu::codec
