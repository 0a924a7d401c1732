#include "planner/gates/webhook_reach.hpp"

#include <catch2/catch.hpp>

using namespace cu;
using namespace cu::planner;

namespace {

using Words = std::vector<std::string>;
using api::SelectorOperator;

constexpr const char* kName = "kubernetes.io/metadata.name";

api::WebhookRule CreatesOf(const std::string& group, const std::string& resource) {
  return {{"CREATE"}, {group}, {"v1"}, {resource}, "*"};
}

api::Webhook Asked(api::WebhookRule rule) {
  api::Webhook webhook;
  webhook.rules.push_back(std::move(rule));
  return webhook;
}

Words Needed(const api::Webhook& webhook) {
  return NeededFrom(webhook, api::ExecutorType::kJob, "jobs");
}

Words Needed(api::WebhookRule rule) {
  return Needed(Asked(std::move(rule)));
}

/// Reach of a webhook for pods with this requirement on the namespace "policy".
Reach With(const api::SelectorRequirement& requirement) {
  api::Webhook webhook = Asked(CreatesOf("", "pods"));
  webhook.namespaces.match_expressions = {requirement};
  return AskedAboutPodsIn(webhook, "policy");
}

}  // namespace

TEST_CASE("what an upgrade needs is found in the rules of a webhook", "[planner]") {
  CHECK(Needed(CreatesOf("", "pods")) == Words{"the creation of pods"});
  CHECK(Needed(CreatesOf("", "pods/eviction")) == Words{"evictions"});
  CHECK(Needed({{"UPDATE"}, {""}, {"v1"}, {"nodes"}, "*"}) == Words{"changes of nodes"});
  CHECK(Needed(CreatesOf("batch", "jobs")) == Words{"upgrade Jobs"});
  CHECK(Needed(CreatesOf("coordination.k8s.io", "leases")) == Words{"Leases"});
  CHECK(Needed({{"UPDATE"}, {"coordination.k8s.io"}, {"v1"}, {"leases"}, "*"}) == Words{"Leases"});
  CHECK(Needed({{"*"}, {"*"}, {"*"}, {"*/*"}, "*"}) ==
        Words{"the creation of pods", "evictions", "changes of nodes", "upgrade Jobs", "Leases"});
}

TEST_CASE("what an upgrade does not need is in nobody's way", "[planner]") {
  CHECK(Needed(CreatesOf("apps", "deployments")).empty());
  CHECK(Needed({{"UPDATE", "DELETE"}, {""}, {"v1"}, {"pods"}, "*"}).empty());
  CHECK(Needed({{"CREATE"}, {""}, {"v1beta1"}, {"pods"}, "*"}).empty());
  CHECK(Needed(CreatesOf("apps", "pods")).empty());
  CHECK(Needed({{"UPDATE"}, {""}, {"v1"}, {"nodes/status"}, "*"}).empty());
  CHECK(Needed(api::WebhookRule{}).empty());
}

TEST_CASE("a star names all resources, and subresources only behind a slash", "[planner]") {
  CHECK(Needed(CreatesOf("", "*")) == Words{"the creation of pods"});
  CHECK(Needed(CreatesOf("", "pods/*")) == Words{"the creation of pods", "evictions"});
  CHECK(Needed(CreatesOf("", "*/eviction")) == Words{"evictions"});
}

TEST_CASE("a rule's scope is that of the request", "[planner]") {
  CHECK(Needed({{"*"}, {""}, {"v1"}, {"nodes", "pods"}, "Cluster"}) == Words{"changes of nodes"});
  CHECK(Needed({{"*"}, {""}, {"v1"}, {"nodes", "pods"}, "Namespaced"}) ==
        Words{"the creation of pods"});
}

TEST_CASE("Jobs are needed in their namespace alone, and not by executor External", "[planner]") {
  api::Webhook webhook = Asked(CreatesOf("batch", "jobs"));
  CHECK(NeededFrom(webhook, api::ExecutorType::kExternal, "jobs").empty());
  CHECK(NeededFrom(webhook, api::ExecutorType::kKubeadm, "jobs") == Words{"upgrade Jobs"});
  webhook.namespaces.match_expressions = {{kName, SelectorOperator::kNotIn, {"jobs"}}};
  CHECK(Needed(webhook).empty());
}

TEST_CASE("Leases are needed where nodes and the control plane have theirs", "[planner]") {
  api::Webhook webhook = Asked(CreatesOf("coordination.k8s.io", "leases"));
  webhook.namespaces.match_labels = {{kName, "kube-node-lease"}};
  CHECK(Needed(webhook) == Words{"Leases"});
  webhook.namespaces.match_labels = {{kName, "team"}};
  CHECK(Needed(webhook).empty());
}

TEST_CASE("a namespace is known by its name", "[planner]") {
  CHECK(With({kName, SelectorOperator::kIn, {"policy"}}) == Reach::kSure);
  CHECK(With({kName, SelectorOperator::kIn, {"team"}}) == Reach::kNone);
  CHECK(With({kName, SelectorOperator::kNotIn, {"policy", "kube-system"}}) == Reach::kNone);
  CHECK(With({kName, SelectorOperator::kNotIn, {"kube-system"}}) == Reach::kSure);
  CHECK(With({kName, SelectorOperator::kExists, {}}) == Reach::kSure);
  CHECK(With({kName, SelectorOperator::kDoesNotExist, {}}) == Reach::kNone);
  CHECK(With({"team", SelectorOperator::kExists, {}}) == Reach::kPerhaps);
}

TEST_CASE("whatever else selects is not known, but a name that is excluded is", "[planner]") {
  api::Webhook webhook = Asked(CreatesOf("", "pods"));
  CHECK(AskedAboutPodsIn(webhook, "policy") == Reach::kSure);
  webhook.narrowed = true;
  CHECK(AskedAboutPodsIn(webhook, "policy") == Reach::kPerhaps);
  webhook.narrowed = false;
  webhook.namespaces.match_labels = {{"team", "red"}};
  CHECK(AskedAboutPodsIn(webhook, "policy") == Reach::kPerhaps);
  webhook.namespaces.match_labels[kName] = "team";
  CHECK(AskedAboutPodsIn(webhook, "policy") == Reach::kNone);
  CHECK(AskedAboutPodsIn(Asked(CreatesOf("batch", "jobs")), "policy") == Reach::kNone);
}
