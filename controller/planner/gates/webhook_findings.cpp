#include "planner/gates/webhook_findings.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "base/text.hpp"
#include "planner/gates/webhook_reach.hpp"

namespace cu::planner {
namespace {

using api::FindingType;
using Endpoint = api::EndpointSlice::Endpoint;

constexpr std::size_t kServicesMax = 50;
constexpr std::size_t kNeedsShown = 5;

/// A webhook that an upgrade depends on.
struct Hook {
  const std::string* configuration = nullptr;
  const api::Webhook* webhook = nullptr;
  std::vector<std::string> needed;
};

template <class T>
void AddHooks(const Planning& planning, const Observed<T>& seen, std::vector<Hook>& hooks) {
  if (seen.items == nullptr) {
    return;
  }
  for (const auto& [name, configuration] : *seen.items) {
    for (const api::Webhook& webhook : configuration.webhooks) {
      if (!webhook.fails_closed || webhook.service.empty()) {
        continue;
      }
      auto needed =
          NeededFrom(webhook, planning.spec().executor.type, planning.world().self.job_namespace);
      if (!needed.empty()) {
        hooks.push_back({&name, &webhook, std::move(needed)});
      }
    }
  }
}

std::vector<Hook> HooksOf(const Planning& planning) {
  std::vector<Hook> hooks;
  AddHooks(planning, planning.world().validating_webhooks, hooks);
  AddHooks(planning, planning.world().mutating_webhooks, hooks);
  std::stable_sort(hooks.begin(), hooks.end(), [](const Hook& a, const Hook& b) {
    return *a.configuration < *b.configuration;
  });
  return hooks;
}

/// Their Services, as far as they are looked at.
std::set<std::string> ServicesOf(const std::vector<Hook>& hooks) {
  std::set<std::string> services;
  for (const Hook& hook : hooks) {
    if (services.size() < kServicesMax) {
      services.insert(hook.webhook->service);
    }
  }
  return services;
}

template <class T>
bool IsKnown(const Observed<T>& seen) {
  return seen.listed || seen.current || !seen.denied.empty();
}

const Observed<api::EndpointSlice>* FindEndpoints(const World& world, const std::string& service) {
  const auto found = world.endpoints.find(service);
  return found == world.endpoints.end() ? nullptr : &found->second;
}

/// The ready ones of the Service; none: not known.
std::optional<std::vector<Endpoint>> ReadyOf(const World& world, const std::string& service) {
  const Observed<api::EndpointSlice>* seen = FindEndpoints(world, service);
  if (seen == nullptr || !IsKnown(*seen) || !seen->denied.empty()) {
    return std::nullopt;
  }
  std::vector<Endpoint> ready;
  for (const auto& [key, slice] : *seen->items) {
    ready.insert(ready.end(), slice.ready.begin(), slice.ready.end());
  }
  return ready;
}

/// What may not be read, and what the API server says to it, or "".
std::string DescribeDenied(const Planning& planning) {
  const World& world = planning.world();
  if (!world.validating_webhooks.denied.empty()) {
    return "validatingwebhookconfigurations: " + world.validating_webhooks.denied;
  }
  if (!world.mutating_webhooks.denied.empty()) {
    return "mutatingwebhookconfigurations: " + world.mutating_webhooks.denied;
  }
  for (const auto& [service, seen] : world.endpoints) {
    if (!seen.denied.empty()) {
      return "endpointslices: " + seen.denied;
    }
  }
  return "";
}

std::string Who(const Hook& hook) {
  return "webhook " + hook.webhook->name + " fails closed, and ";
}

std::string Refuses(const Hook& hook) {
  const bool selects = hook.webhook->narrowed || !hook.webhook->namespaces.empty();
  return std::string("these are refused") + (selects ? " where it applies: " : ": ") +
         base::JoinNames(hook.needed, kNeedsShown);
}

Finding IsDown(const Hook& hook) {
  return Finding::Blocks(
      FindingType::kWebhookUnavailable,
      *hook.configuration,
      Who(hook) + "its Service " + hook.webhook->service + " has no ready endpoint, so that " +
          Refuses(hook) +
          "; make its pods Ready, delete the configuration if nobody needs it, or " +
          "set its failurePolicy to Ignore for the upgrade");
}

Finding IsDownMeanwhile(const Hook& hook) {
  return Finding::Warns(FindingType::kWebhookUnavailable,
                        *hook.configuration,
                        Who(hook) + "its Service " + hook.webhook->service +
                            " has no ready endpoint now; until it has one, " + Refuses(hook));
}

Finding IsAllOn(const std::string& node, const Hook& hook) {
  const std::string& service = hook.webhook->service;
  const std::string ns = service.substr(0, service.find('/'));
  const bool deadlock = AskedAboutPodsIn(*hook.webhook, ns) == Reach::kSure;
  std::string text = Who(hook) + "all ready endpoints of its Service " + service + " are on node " +
                     node + "; while their pods move, " + Refuses(hook);
  text += deadlock ? "; it is asked about pods of its own namespace, so they may never come back: "
                     "run another of them on another node, or exclude " +
                         ns + " by its namespaceSelector (key kubernetes.io/metadata.name, " +
                         "operator NotIn)"
                   : "; run another of them on another node to avoid that";
  return {FindingType::kWebhookUnavailable, *hook.configuration, std::move(text), deadlock};
}

/// A drain would move all of them.
bool AllLeave(const std::vector<Endpoint>& ready, const std::string& node, const NodePods& pods) {
  return std::all_of(ready.begin(), ready.end(), [&](const Endpoint& endpoint) {
    const auto stays = [&](const PodPlan& plan) {
      return plan.pod->meta.Key() == endpoint.pod && !plan.moves();
    };
    return endpoint.node == node && std::none_of(pods.plans.begin(), pods.plans.end(), stays);
  });
}

/// One for each configuration, those that block before the others.
void AddFirst(std::vector<Finding> findings, FindingBook& book) {
  std::stable_partition(
      findings.begin(), findings.end(), [](const Finding& finding) { return finding.blocks; });
  for (Finding& finding : findings) {
    book.Add(std::move(finding));
  }
}

}  // namespace

void WatchWebhooks(const Planning& planning, Contribution& add) {
  add.Watch(WatchKind::kValidatingWebhooks, "");
  add.Watch(WatchKind::kMutatingWebhooks, "");
  for (const std::string& service : ServicesOf(HooksOf(planning))) {
    add.Watch(WatchKind::kEndpoints, service);
  }
}

bool KnowsWebhooks(const Planning& planning) {
  const World& world = planning.world();
  const bool known = IsKnown(world.validating_webhooks) && IsKnown(world.mutating_webhooks);
  const std::set<std::string> services = ServicesOf(HooksOf(planning));
  return known && std::all_of(services.begin(), services.end(), [&](const std::string& service) {
           const Observed<api::EndpointSlice>* seen = FindEndpoints(world, service);
           return seen != nullptr && IsKnown(*seen);
         });
}

bool FindWebhooks(const Planning& planning, FindingBook& book) {
  CU_CHECK(KnowsWebhooks(planning));
  if (const std::string denied = DescribeDenied(planning); !denied.empty()) {
    book.Add(Finding::Warns(
        FindingType::kWebhookUnavailable,
        planning.upgrade().meta.name,
        "whether admission webhooks can be reached is not known; the controller may not list " +
            denied));
  }
  bool blocks = false;
  for (const Hook& hook : HooksOf(planning)) {
    const auto ready = ReadyOf(planning.world(), hook.webhook->service);
    if (ready && ready->empty()) {
      book.Add(IsDown(hook));
      blocks = blocks || !Ignores(planning.spec().preflight_ignore,
                                  FindingType::kWebhookUnavailable,
                                  *hook.configuration);
    }
  }
  return blocks;
}

void FindWebhooksOn(const Planning& planning,
                    const std::string& node,
                    const NodePods& pods,
                    FindingBook& book) {
  CU_CHECK(KnowsWebhooks(planning));
  std::vector<Finding> findings;
  for (const Hook& hook : HooksOf(planning)) {
    const auto ready = ReadyOf(planning.world(), hook.webhook->service);
    if (!ready) {
      continue;
    }
    if (ready->empty()) {
      findings.push_back(IsDownMeanwhile(hook));
    } else if (AllLeave(*ready, node, pods)) {
      findings.push_back(IsAllOn(node, hook));
    }
  }
  AddFirst(std::move(findings), book);
}

}  // namespace cu::planner
