#pragma once
#include <string>
#include <vector>

#include "api/meta.hpp"

namespace cu::api {

/// One rule of a webhook: it is asked about requests that all lists name. "*" names everything, in
/// `resources` without subresources; "pods/*" all of pods, "*/*" all there is.
struct WebhookRule {
  std::vector<std::string> operations;  ///< "CREATE", …
  std::vector<std::string> groups;      ///< "" is the core group
  std::vector<std::string> versions;
  std::vector<std::string> resources;  ///< "pods", "pods/eviction", …
  std::string scope;                   ///< "Cluster", "Namespaced" or "*"
  bool operator==(const WebhookRule&) const = default;
};

struct Webhook {
  std::string name;
  bool fails_closed = true;  ///< failurePolicy Fail: what it cannot be asked about is refused
  std::string service;       ///< "namespace/name", or "" if it is reached by a URL
  std::vector<WebhookRule> rules;
  LabelSelector namespaces;  ///< whose objects it is asked about; an empty one: all
  bool narrowed = false;     ///< by an objectSelector or matchConditions, which are not read
  bool operator==(const Webhook&) const = default;
};

/// admissionregistration.k8s.io/v1
struct WebhookConfiguration {
  Metadata meta;
  std::vector<Webhook> webhooks;
  bool operator==(const WebhookConfiguration&) const = default;
};
struct ValidatingWebhooks : WebhookConfiguration {
  bool operator==(const ValidatingWebhooks&) const = default;
};
struct MutatingWebhooks : WebhookConfiguration {
  bool operator==(const MutatingWebhooks&) const = default;
};

/// discovery.k8s.io/v1: some of the endpoints of a Service.
struct EndpointSlice {
  struct Endpoint {
    std::string node;  ///< or ""
    std::string pod;   ///< "namespace/name", or ""
    bool operator==(const Endpoint&) const = default;
  };
  Metadata meta;
  std::vector<Endpoint> ready;
  bool operator==(const EndpointSlice&) const = default;
};

}  // namespace cu::api
