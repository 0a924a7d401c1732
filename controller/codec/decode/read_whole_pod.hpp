#pragma once
#include "api/objects.hpp"
#include "api/requests.hpp"
#include "codec/decode/read.hpp"

namespace cu::codec {

template <>
Names DroppedMembers<api::WholePod>();
template <>
api::WholePod Read(const Reader& object);
template <>
Names DroppedMembers<api::SavedPod>();
template <>
api::SavedPod Read(const Reader& object);

}  // namespace cu::codec
