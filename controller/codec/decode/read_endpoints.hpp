#pragma once
#include "api/admission_webhooks.hpp"
#include "codec/decode/read.hpp"

namespace cu::codec {

template <>
Names DroppedMembers<api::EndpointSlice>();
/// An endpoint whose condition `ready` is missing counts as ready (k8s.io/api discovery/v1,
/// EndpointConditions).
template <>
api::EndpointSlice Read(const Reader& object);

}  // namespace cu::codec
