#include "codec/decode/read_webhooks.hpp"

#include <array>

#include "codec/decode/read_metadata.hpp"

namespace cu::codec {
namespace {

// caBundle is a text and not dropped by name; it is never looked at.
constexpr auto kDropped = std::to_array<std::string_view>(
    {"managedFields", "annotations", "admissionReviewVersions", "ownerReferences"});

api::WebhookRule ReadRule(const Reader& rule) {
  return {rule["operations"].Texts(),
          rule["apiGroups"].Texts(),
          rule["apiVersions"].Texts(),
          rule["resources"].Texts(),
          rule["scope"].Text("*")};
}

api::Webhook ReadWebhook(const Reader& item) {
  api::Webhook webhook;
  webhook.name = item["name"].Text();
  webhook.fails_closed = item["failurePolicy"].Text("Fail") != "Ignore";
  if (const Reader service = item["clientConfig"]["service"]; service.present()) {
    webhook.service = service["namespace"].Text() + "/" + service["name"].Text();
  }
  for (const Reader& rule : item["rules"].Items()) {
    webhook.rules.push_back(ReadRule(rule));
  }
  webhook.namespaces = item["namespaceSelector"].Selector().value_or(api::LabelSelector{});
  const auto objects = item["objectSelector"].Selector();
  webhook.narrowed = (objects && !objects->empty()) || item["matchConditions"].size() > 0;
  return webhook;
}

template <class T>
T ReadConfiguration(const Reader& object) {
  T configuration;
  configuration.meta = ReadMetadata(object["metadata"], KeepNone);
  for (const Reader& item : object["webhooks"].Items()) {
    configuration.webhooks.push_back(ReadWebhook(item));
  }
  return configuration;
}

}  // namespace

template <>
Names DroppedMembers<api::ValidatingWebhooks>() {
  return kDropped;
}

template <>
api::ValidatingWebhooks Read(const Reader& object) {
  return ReadConfiguration<api::ValidatingWebhooks>(object);
}

template <>
Names DroppedMembers<api::MutatingWebhooks>() {
  return kDropped;
}

template <>
api::MutatingWebhooks Read(const Reader& object) {
  return ReadConfiguration<api::MutatingWebhooks>(object);
}

}  // namespace cu::codec
