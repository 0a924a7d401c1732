#pragma once
#include "api/objects.hpp"
#include "codec/decode/read.hpp"

namespace cu::codec {

template <>
Names DroppedMembers<api::Pod>();
template <>
api::Pod Read(const Reader& object);

api::PodPhase ReadPhase(const Reader& status);
/// spec.restartPolicy is Always: the pod is to run until it is deleted.
bool IsLasting(const Reader& spec);

}  // namespace cu::codec
