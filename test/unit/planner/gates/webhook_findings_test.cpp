#include "planner/gates/webhook_findings.hpp"

#include <algorithm>
#include <utility>

#include <catch2/catch.hpp>

#include "planner/gates/look_ahead.hpp"
#include "planner/gates/preflight.hpp"
#include "planner/gates/start.hpp"
#include "unit/planner/snapshot.hpp"
#include "unit/planner/workers.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

constexpr const char* kService = "policy/hooks";

api::Webhook PodHook() {
  api::Webhook webhook;
  webhook.name = "pods.policy.example";
  webhook.service = kService;
  webhook.rules = {{{"CREATE"}, {""}, {"v1"}, {"pods"}, "*"}};
  return webhook;
}

template <class T>
void Add(api::ObjectMap<T>& all, const std::string& name, std::vector<api::Webhook> webhooks) {
  T configuration;
  configuration.meta.name = name;
  configuration.webhooks = std::move(webhooks);
  all[name] = std::move(configuration);
}

/// Two workers of one pool, and a webhook for pods.
Scene WithHook(const api::Webhook& webhook = PodHook()) {
  Scene scene = Workers(2);
  Add(scene.validating_webhooks, "policy", {webhook});
  return scene;
}

/// A ready endpoint on the node, of a pod that runs there.
void Answer(Scene& scene, const std::string& node, const std::string& pod) {
  scene.Add(node, PodBuilder(pod).Label("app", "hooks"));
  const std::string key = scene.pods[node].rbegin()->second.meta.ns + "/" + pod;
  api::EndpointSlice& slice = scene.endpoints[kService]["policy/hooks-1"];
  slice.ready.push_back({node, key});
}

std::string Stalled(Scene& scene) {
  scene.Settle();
  return scene.MessageOf("Stalled");
}

}  // namespace

TEST_CASE("a webhook that nobody answers for stops the upgrade before anything is touched",
          "[planner]") {
  Scene scene = WithHook();
  CHECK(scene.Actions().empty());
  CHECK(scene.Conditions() == "F F T PreflightRefused");
  CHECK(Stalled(scene).find(
            "WebhookUnavailable policy: webhook pods.policy.example fails closed, and its Service "
            "policy/hooks has no ready endpoint, so that these are refused: the creation of pods; "
            "make its pods Ready") != std::string::npos);

  SECTION("until it has a ready endpoint") {
    Answer(scene, "worker-2", "hooks-a");
    scene.Settle();
    CHECK(scene.InWork() == "worker-1");
  }
  SECTION("or the finding is accepted") {
    scene.spec().preflight_ignore = {"WebhookUnavailable=policy"};
    scene.Edit();
    scene.Settle();
    CHECK(scene.InWork() == "worker-1");
    CHECK(scene.WarningLines().front().find("(ignored by spec.preflight.ignore)") !=
          std::string::npos);
  }
}

TEST_CASE("a question that the server cannot answer for want of a webhook holds no finding back",
          "[planner]") {
  Scene scene = WithHook();
  scene.agrees_to_dry_runs = false;
  scene.Settle();
  CHECK(scene.Conditions() == "F F T PreflightRefused");
  scene.spec().preflight_ignore = {"WebhookUnavailable"};
  scene.Settle();
  CHECK(scene.Conditions() == "F T F Preflight");
}

TEST_CASE("mutating webhooks count, too, and each configuration is named once", "[planner]") {
  Scene scene = Workers(1);
  api::Webhook other = PodHook();
  other.name = "others.policy.example";
  Add(scene.mutating_webhooks, "inject", {PodHook(), other});
  Add(scene.validating_webhooks, "policy", {PodHook()});
  CHECK(Stalled(scene).find("2 findings: WebhookUnavailable inject: webhook pods.policy.example") ==
        0);
}

TEST_CASE("what it selects is said, for all need not be refused", "[planner]") {
  api::Webhook webhook = PodHook();
  webhook.namespaces.match_labels = {{"inject", "true"}};
  Scene scene = WithHook(webhook);
  CHECK(Stalled(scene).find("these are refused where it applies: the creation of pods;") !=
        std::string::npos);
}

TEST_CASE("webhooks that hold nothing up are not looked at", "[planner]") {
  api::Webhook webhook = PodHook();
  SECTION("failurePolicy Ignore") {
    webhook.fails_closed = false;
  }
  SECTION("reached by a URL") {
    webhook.service.clear();
  }
  SECTION("asked about other things") {
    webhook.rules.front().groups = {"apps"};
  }
  Scene scene = WithHook(webhook);
  scene.Settle();
  CHECK(scene.InWork() == "worker-1");
  CHECK_FALSE(scene.open.contains({WatchKind::kEndpoints, kService}));
}

TEST_CASE("nothing is begun until webhooks and endpoints were seen", "[planner]") {
  Scene scene = WithHook();
  scene.WatchAllPods();
  const Asking asking(AskPreflight, scene);
  CHECK(asking.reason() == "Preflight");
  CHECK(asking.Watches(WatchKind::kValidatingWebhooks));
  CHECK(asking.Watches(WatchKind::kMutatingWebhooks));
  CHECK(asking.Watches(WatchKind::kEndpoints, kService));
}

TEST_CASE("where they may not be read a warning says so, and nothing waits", "[planner]") {
  Scene scene = WithHook();
  scene.WatchAllPods();
  scene.open.insert({WatchKind::kEndpoints, kService});
  World world = scene.MakeWorld();
  const auto found = [&] {
    const Planning planning(world, scene.status(), std::nullopt);
    REQUIRE(KnowsWebhooks(planning));
    FindingBook book({});
    FindWebhooks(planning, book);
    return book.Take();
  };
  CHECK(found().front().blocks);
  SECTION("validating webhooks") {
    world.validating_webhooks = {nullptr, false, "403 Forbidden"};
    CHECK(found().front().text.ends_with(
        "may not list validatingwebhookconfigurations: 403 Forbidden"));
  }
  SECTION("mutating webhooks: the others are still judged") {
    world.mutating_webhooks = {nullptr, false, "403 Forbidden"};
    REQUIRE(found().size() == 2);
    CHECK(found()[0].object == "policy");
    CHECK(found()[1].text.ends_with("may not list mutatingwebhookconfigurations: 403 Forbidden"));
  }
  SECTION("endpoints") {
    world.endpoints[kService].current = false;
    world.endpoints[kService].denied = "403 Forbidden";
    REQUIRE(found().size() == 1);
    CHECK_FALSE(found().front().blocks);
    CHECK(found().front().object == scene.upgrade().meta.name);
    CHECK(found().front().text.ends_with("may not list endpointslices: 403 Forbidden"));
  }
}

TEST_CASE("a watch that breaks for a moment changes no verdict", "[planner]") {
  Scene scene = WithHook();
  scene.WatchAllPods();
  scene.open.insert({WatchKind::kEndpoints, kService});
  World world = scene.MakeWorld();
  for (bool* current : {&world.validating_webhooks.current,
                        &world.mutating_webhooks.current,
                        &world.endpoints[kService].current}) {
    *current = false;
  }
  CHECK_FALSE(KnowsWebhooks(Planning(world, scene.status(), std::nullopt)));
  world.validating_webhooks.listed = world.mutating_webhooks.listed = true;
  CHECK_FALSE(KnowsWebhooks(Planning(world, scene.status(), std::nullopt)));
  world.endpoints[kService].listed = true;
  CHECK(KnowsWebhooks(Planning(world, scene.status(), std::nullopt)));
}

TEST_CASE("of very many Services the first fifty are looked at", "[planner]") {
  Scene scene = Workers(1);
  for (int i = 0; i < 60; ++i) {
    api::Webhook webhook = PodHook();
    webhook.service = "policy/hooks-" + std::to_string(i);
    Add(scene.validating_webhooks, "policy-" + std::to_string(i), {webhook});
  }
  scene.Settle();
  CHECK(std::count_if(scene.open.begin(), scene.open.end(), [](const WantedWatch& watch) {
          return watch.kind == WatchKind::kEndpoints;
        }) == 50);
}

TEST_CASE("a node with all that answers is not drained if their own pods need the webhook",
          "[planner]") {
  Scene scene = WithHook();
  Answer(scene, "worker-1", "hooks-a");
  scene.Settle();
  CHECK(scene.InWork() == "worker-2");
  CHECK(scene.status().in_progress.size() == 1);
  scene.status().in_progress.clear();
  scene.node("worker-2").kubelet_version = kNew;
  scene.Settle();
  CHECK(scene.InWork().empty());
  CHECK(scene.MessageOf("Stalled").find(
            "node worker-1 cannot be drained, 1 finding: WebhookUnavailable policy: webhook "
            "pods.policy.example fails closed, and all ready endpoints of its Service policy/hooks "
            "are on node worker-1") != std::string::npos);
  CHECK(scene.MessageOf("Stalled").find("or exclude policy by its namespaceSelector") !=
        std::string::npos);
  Answer(scene, "worker-2", "hooks-b");
  scene.Settle();
  CHECK(scene.InWork() == "worker-1");
}

TEST_CASE("otherwise a drain of all that answers is warned of", "[planner]") {
  api::Webhook webhook = PodHook();
  SECTION("their namespace is excluded") {
    webhook.namespaces.match_expressions = {
        {"kubernetes.io/metadata.name", api::SelectorOperator::kNotIn, {"policy"}}};
  }
  SECTION("it is not known whether it is") {
    webhook.namespaces.match_labels = {{"policy", "on"}};
  }
  SECTION("it is not asked about pods") {
    webhook.rules = {{{"UPDATE"}, {""}, {"v1"}, {"nodes"}, "*"}};
  }
  Scene scene = WithHook(webhook);
  Answer(scene, "worker-1", "hooks-a");
  scene.Settle();
  CHECK(scene.InWork() == "worker-1");
  REQUIRE(scene.WarningLines().size() == 1);
  CHECK(scene.WarningLines().front().find(
            "all ready endpoints of its Service policy/hooks are on node worker-1; while their "
            "pods move, these are refused") != std::string::npos);
}

TEST_CASE("pods that stay on their node go on answering", "[planner]") {
  Scene scene = WithHook();
  scene.Add("worker-1", PodBuilder("hooks-a").OwnedBy("DaemonSet", "hooks"));
  const std::string key = scene.pods["worker-1"].rbegin()->first;
  scene.endpoints[kService]["policy/hooks-1"].ready = {{"worker-1", key}};
  scene.Settle();
  CHECK(scene.InWork() == "worker-1");
  CHECK(scene.WarningLines().empty());
}

TEST_CASE("an endpoint that names no node may be anywhere", "[planner]") {
  Scene scene = WithHook();
  scene.endpoints[kService]["policy/hooks-1"].ready = {{"", ""}};
  scene.Settle();
  CHECK(scene.InWork() == "worker-1");
}

TEST_CASE("where nobody answers meanwhile the next node is started with a warning", "[planner]") {
  Scene scene = WithHook();
  scene.WatchAllPods();
  scene.open.insert({WatchKind::kEndpoints, kService});
  const Asking asking(AskStart, scene);
  CHECK(asking.start() == Lines{"worker-1"});
  REQUIRE(asking.result().add.warnings.size() == 1);
  CHECK(asking.result().add.warnings.front().text.find("has no ready endpoint now; until it has") !=
        std::string::npos);
}

TEST_CASE("a node waits until its webhooks were seen, if it is to be drained", "[planner]") {
  Scene scene = WithHook();
  scene.WatchAllPods();
  const Asking asking(AskStart, scene);
  CHECK(asking.reason() == "LookingAtNode");
  CHECK(asking.message() == "checking the admission webhooks");
  CHECK(asking.Watches(WatchKind::kEndpoints, kService));
  scene.spec().drain.when = api::DrainWhen::kNever;
  const Asking undrained(AskStart, scene);
  CHECK(undrained.start() == Lines{"worker-1"});
  CHECK_FALSE(undrained.Watches(WatchKind::kValidatingWebhooks));
}

TEST_CASE("the webhooks of the next node are looked at while the last is verified, not before",
          "[planner]") {
  Scene scene = WithHook();
  scene.status().in_progress = {EntryFor("worker-1", api::NodeStep::kDraining)};
  CHECK_FALSE(Asking(LookAhead, scene).Watches(WatchKind::kValidatingWebhooks));
  scene.status().in_progress = {EntryFor("worker-1", api::NodeStep::kVerifying)};
  CHECK(Asking(LookAhead, scene).Watches(WatchKind::kValidatingWebhooks));
  CHECK(Asking(LookAhead, scene).Watches(WatchKind::kMutatingWebhooks));
}
