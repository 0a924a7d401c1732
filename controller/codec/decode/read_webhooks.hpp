#pragma once
#include "api/admission_webhooks.hpp"
#include "codec/decode/read.hpp"

namespace cu::codec {

template <>
Names DroppedMembers<api::ValidatingWebhooks>();
template <>
api::ValidatingWebhooks Read(const Reader& object);

template <>
Names DroppedMembers<api::MutatingWebhooks>();
template <>
api::MutatingWebhooks Read(const Reader& object);

}  // namespace cu::codec
