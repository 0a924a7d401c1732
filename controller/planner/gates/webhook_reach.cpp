#include "planner/gates/webhook_reach.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace cu::planner {
namespace {

struct Request {
  std::string_view operation;
  std::string_view group;
  std::string_view resource;
  std::string_view subresource = {};
  bool namespaced = true;
};
/// All are v1.
constexpr std::string_view kVersion = "v1";
constexpr Request kCreatePod{"CREATE", "", "pods"};

/// Where an upgrade needs a request.
enum class Where { kAnywhere, kWithoutNamespace, kJobs, kLeases };

struct Need {
  Request request;
  Where where;
  std::string_view words;
};
constexpr auto kNeeds = std::to_array<Need>({
    {kCreatePod, Where::kAnywhere, "the creation of pods"},
    {{"CREATE", "", "pods", "eviction"}, Where::kAnywhere, "evictions"},
    {{"UPDATE", "", "nodes", "", false}, Where::kWithoutNamespace, "changes of nodes"},
    {{"CREATE", "batch", "jobs"}, Where::kJobs, "upgrade Jobs"},
    {{"CREATE", "coordination.k8s.io", "leases"}, Where::kLeases, "Leases"},
    {{"UPDATE", "coordination.k8s.io", "leases"}, Where::kLeases, "Leases"},
});

bool Names(const std::vector<std::string>& list, std::string_view wanted) {
  return std::any_of(list.begin(), list.end(), [&](const std::string& item) {
    return item == "*" || item == wanted;
  });
}

bool NamesResource(const std::string& rule, const Request& request) {
  const std::size_t slash = std::min(rule.find('/'), rule.size());
  const std::string_view resource = std::string_view(rule).substr(0, slash);
  const std::string_view subresource =
      std::string_view(rule).substr(std::min(slash + 1, rule.size()));
  return (resource == "*" || resource == request.resource) &&
         (subresource == "*" || subresource == request.subresource);
}

bool NamesIt(const api::WebhookRule& rule, const Request& request) {
  return Names(rule.operations, request.operation) && Names(rule.groups, request.group) &&
         Names(rule.versions, kVersion) &&
         (rule.scope == "*" || (rule.scope == "Namespaced") == request.namespaced) &&
         std::any_of(rule.resources.begin(), rule.resources.end(), [&](const auto& resource) {
           return NamesResource(resource, request);
         });
}

bool NamesIt(const api::Webhook& webhook, const Request& request) {
  return std::any_of(webhook.rules.begin(), webhook.rules.end(), [&](const auto& rule) {
    return NamesIt(rule, request);
  });
}

/// Of what the selector says of the name alone.
Reach ReachInto(const api::LabelSelector& namespaces, const std::string& ns) {
  constexpr std::string_view kName = "kubernetes.io/metadata.name";
  api::LabelSelector by_name;
  for (const auto& [key, value] : namespaces.match_labels) {
    if (key == kName) {
      by_name.match_labels.emplace(key, value);
    }
  }
  for (const api::SelectorRequirement& requirement : namespaces.match_expressions) {
    if (requirement.key == kName) {
      by_name.match_expressions.push_back(requirement);
    }
  }
  if (!by_name.Matches({{std::string(kName), ns}})) {
    return Reach::kNone;
  }
  return by_name == namespaces ? Reach::kSure : Reach::kPerhaps;
}

bool MayReach(const api::Webhook& webhook, Where where, const std::string& jobs) {
  const auto into = [&](const std::string& ns) {
    return ReachInto(webhook.namespaces, ns) != Reach::kNone;
  };
  switch (where) {
    case Where::kAnywhere:
    case Where::kWithoutNamespace:  // its selector does not concern them
      return true;
    case Where::kJobs:
      return into(jobs);
    case Where::kLeases:  // those of kubelets and of kube-controller-manager
      return into("kube-node-lease") || into("kube-system");
  }
  return false;
}

}  // namespace

Reach AskedAboutPodsIn(const api::Webhook& webhook, const std::string& ns) {
  if (!NamesIt(webhook, kCreatePod)) {
    return Reach::kNone;
  }
  const Reach reach = ReachInto(webhook.namespaces, ns);
  return reach == Reach::kSure && webhook.narrowed ? Reach::kPerhaps : reach;
}

std::vector<std::string> NeededFrom(const api::Webhook& webhook,
                                    api::ExecutorType executor,
                                    const std::string& jobs) {
  std::vector<std::string> needed;
  for (const Need& need : kNeeds) {
    const bool makes_none = need.where == Where::kJobs && executor == api::ExecutorType::kExternal;
    const bool named = !needed.empty() && needed.back() == need.words;
    if (!makes_none && !named && NamesIt(webhook, need.request) &&
        MayReach(webhook, need.where, jobs)) {
      needed.emplace_back(need.words);
    }
  }
  return needed;
}

}  // namespace cu::planner
