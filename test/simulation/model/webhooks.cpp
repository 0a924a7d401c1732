#include "model/webhooks.hpp"

#include <utility>

namespace cu::simulation {
namespace {

constexpr const char* kNamespace = "policy";
constexpr const char* kService = "hooks";
constexpr const char* kJobs = "cluster-upgrade-jobs";

}  // namespace

void PodWebhook::Install(bool mutating, bool asks_itself) {
  installed_ = true;
  Json spared = Json::array({kJobs});
  if (!asks_itself) {
    spared.push_back(kNamespace);
  }
  const Json selector{{"matchExpressions",
                       {{{"key", "kubernetes.io/metadata.name"},
                         {"operator", "NotIn"},
                         {"values", std::move(spared)}}}}};
  const Json webhook{
      {"name", "pods.policy.example"},
      {"failurePolicy", "Fail"},
      {"clientConfig", {{"service", {{"namespace", kNamespace}, {"name", kService}}}}},
      {"rules",
       {{{"operations", {"CREATE"}},
         {"apiGroups", {""}},
         {"apiVersions", {"v1"}},
         {"resources", {"pods"}},
         {"scope", "Namespaced"}}}},
      {"namespaceSelector", selector}};
  database_.Put(mutating ? Kind::kMutatingWebhooks : Kind::kValidatingWebhooks,
                Json{{"metadata", {{"name", "policy"}}}, {"webhooks", Json::array({webhook})}},
                "human");
  Answer({""});
}

void PodWebhook::Answer(const std::vector<std::string>& nodes) {
  if (!installed_) {
    return;
  }
  Json endpoints = Json::array();
  for (const std::string& node : nodes) {
    Json endpoint{{"conditions", {{"ready", true}}}};
    if (!node.empty()) {
      endpoint["nodeName"] = node;
    }
    endpoints.push_back(std::move(endpoint));
  }
  database_.Put(Kind::kEndpointSlice,
                Json{{"metadata",
                      {{"name", "hooks-1"},
                       {"namespace", kNamespace},
                       {"labels", {{"kubernetes.io/service-name", kService}}}}},
                     {"endpoints", std::move(endpoints)}},
                "endpointslice-controller");
  if (!nodes.empty()) {
    unanswered_since_.reset();
  } else if (!unanswered_since_) {
    unanswered_since_ = timeline_.now();
  }
}

bool PodWebhook::Refuses(const std::string& ns) const {
  return unanswered_since_ && ns != kJobs;
}

}  // namespace cu::simulation
