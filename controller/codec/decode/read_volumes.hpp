#pragma once
#include "api/objects.hpp"
#include "codec/decode/read.hpp"

namespace cu::codec {

template <>
Names DroppedMembers<api::VolumeAttachment>();
template <>
api::VolumeAttachment Read(const Reader& object);
template <>
Names DroppedMembers<api::PersistentVolume>();
template <>
api::PersistentVolume Read(const Reader& object);

}  // namespace cu::codec
