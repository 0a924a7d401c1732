#pragma once
#include "api/workload_objects.hpp"
#include "codec/decode/read.hpp"

namespace cu::codec {

template <>
Names DroppedMembers<api::Deployment>();
template <>
api::Deployment Read(const Reader& object);

template <>
Names DroppedMembers<api::StatefulSet>();
template <>
api::StatefulSet Read(const Reader& object);

template <>
Names DroppedMembers<api::ReplicaSet>();
template <>
api::ReplicaSet Read(const Reader& object);

template <>
Names DroppedMembers<api::DaemonSet>();
template <>
api::DaemonSet Read(const Reader& object);

template <>
Names DroppedMembers<api::ReplicationController>();
template <>
api::ReplicationController Read(const Reader& object);

}  // namespace cu::codec
