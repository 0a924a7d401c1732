#include "core/wanted_watches.hpp"

#include <chrono>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/core/wire.hpp"

namespace cu::core {
namespace {

using planner::WantedWatch;
using planner::WatchKind;
using Texts = std::vector<std::string>;
using namespace std::chrono_literals;

/// Of every kind that has a collection.
const std::set<WantedWatch> kOneOfEach = {{WatchKind::kPodsOnNode, "n1"},
                                          {WatchKind::kNodeLease, "n1"},
                                          {WatchKind::kOwnReplicas, ""},
                                          {WatchKind::kVolumeAttachments, ""},
                                          {WatchKind::kVolume, "pv-1"},
                                          {WatchKind::kWholePod, "team/web-0"},
                                          {WatchKind::kDaemonSet, "kube-system/cni"},
                                          {WatchKind::kEndpoints, "policy/hooks"},
                                          {WatchKind::kValidatingWebhooks, ""},
                                          {WatchKind::kMutatingWebhooks, ""},
                                          {WatchKind::kSavedPods, ""},
                                          {WatchKind::kRecreatedPods, ""}};

struct Bench {
  void Match(const std::set<WantedWatch>& wanted) {
    watches.Match(wanted, wire.calls);
    Serve();
  }
  void Serve() {
    watches.Each([&](auto& watch, WatchKind, const std::string&) {
      watch.reflector.Serve(wire.now, wire.calls);
    });
  }
  void Handle(port::CallId id, const port::Event& event) {
    watches.Each([&](auto& watch, WatchKind, const std::string&) {
      if (watch.reflector.Owns(id)) {
        watch.reflector.Handle(event, wire.now, wire.calls);
      }
    });
  }
  /// The watch that is asked for by this target becomes current, with one object.
  void Show(const std::string& target, const std::string& key) {
    const auto slash = key.find('/');
    const Json object{{"metadata",
                       {{"namespace", key.substr(0, slash)},
                        {"name", key.substr(slash + 1)},
                        {"resourceVersion", "5"}}}};
    const Wire::Open list = wire.Find(target);
    Handle(list.id, wire.Answer(list, 200, PageOf({object})));
    const Wire::Open stream = wire.open().back();
    REQUIRE(stream.stream);
    Handle(stream.id, port::StreamOpened{stream.id});
  }
  /// The kinds that are open, with their names.
  Texts Names() const {
    Texts names;
    watches.Each([&](const auto&, WatchKind kind, const std::string& name) {
      names.push_back(NameOf(kind, name));
    });
    return names;
  }
  planner::World World() const {
    planner::World world;
    world.now = wire.now;
    watches.Fill(world);
    return world;
  }

  Wire wire;
  WantedWatches watches{{"system", "jobs"}};
};

template <class T>
bool Has(const planner::Observed<T>& seen, const std::string& key) {
  return seen.items != nullptr && seen.items->contains(key);
}

TEST_CASE("each kind of watch lists its own collection, with its selector", "[core]") {
  const std::vector<std::pair<WantedWatch, std::string>> all = {
      {{WatchKind::kPodsOnNode, "n1"}, "/api/v1/pods?limit=100&fieldSelector=spec.nodeName%3Dn1"},
      {{WatchKind::kNodeLease, "n1"},
       "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases?limit=100"
       "&fieldSelector=metadata.name%3Dn1"},
      {{WatchKind::kOwnReplicas, ""},
       "/api/v1/namespaces/system/pods?limit=100"
       "&labelSelector=app.kubernetes.io%2Fname%3Dcluster-upgrade-controller"},
      {{WatchKind::kVolumeAttachments, ""}, "/apis/storage.k8s.io/v1/volumeattachments?limit=100"},
      {{WatchKind::kVolume, "pv-1"},
       "/api/v1/persistentvolumes?limit=100&fieldSelector=metadata.name%3Dpv-1"},
      {{WatchKind::kWholePod, "team/web-0"},
       "/api/v1/namespaces/team/pods?limit=100&fieldSelector=metadata.name%3Dweb-0"},
      {{WatchKind::kDaemonSet, "kube-system/cni"},
       "/apis/apps/v1/namespaces/kube-system/daemonsets?limit=100"
       "&fieldSelector=metadata.name%3Dcni"},
      {{WatchKind::kEndpoints, "policy/hooks"},
       "/apis/discovery.k8s.io/v1/namespaces/policy/endpointslices?limit=100"
       "&labelSelector=kubernetes.io%2Fservice-name%3Dhooks"},
      {{WatchKind::kValidatingWebhooks, ""},
       "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations?limit=100"},
      {{WatchKind::kMutatingWebhooks, ""},
       "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations?limit=100"},
      {{WatchKind::kSavedPods, ""},
       "/api/v1/podtemplates?limit=100&labelSelector=clusterupgrade.io%2Fsaved-pod"},
      {{WatchKind::kRecreatedPods, ""},
       "/api/v1/pods?limit=100&labelSelector=clusterupgrade.io%2Fsaved-pod"}};
  REQUIRE(all.size() == kOneOfEach.size());
  for (const auto& [wanted, target] : all) {
    Bench bench;
    bench.Match({wanted});
    CHECK(bench.wire.only().request == port::Request::Get(target));
  }
}

TEST_CASE("what has no collection opens nothing", "[core]") {
  Bench bench;
  bench.Match({{WatchKind::kServerVersion, ""}, {WatchKind::kSurvey, ""}});
  CHECK(bench.wire.open().empty());
  CHECK(bench.Names().empty());
}

TEST_CASE("what is not wanted any more is closed, the rest goes on undisturbed", "[core]") {
  Bench bench;
  bench.Match({{WatchKind::kPodsOnNode, "n1"},
               {WatchKind::kPodsOnNode, "n2"},
               {WatchKind::kNodeLease, "n1"}});
  CHECK(bench.Names() == Texts{"pods of n1", "pods of n2", "lease of n1"});
  bench.Show("/api/v1/pods?limit=100&fieldSelector=spec.nodeName%3Dn2", "team/web-0");
  const port::CallId kept = bench.wire.open().back().id;

  bench.Match({{WatchKind::kPodsOnNode, "n2"}, {WatchKind::kPodsOnNode, "n3"}});
  CHECK(bench.Names() == Texts{"pods of n2", "pods of n3"});
  CHECK(bench.wire.aborted() == 2);
  REQUIRE(bench.wire.open().size() == 2);
  CHECK(bench.wire.open()[0].id == kept);
  CHECK(bench.wire.open()[1].request.target.ends_with("%3Dn3"));
  CHECK(Has(bench.World().pods.at("n2"), "team/web-0"));

  bench.Match({});
  CHECK(bench.Names().empty());
  CHECK(bench.wire.open().empty());
}

TEST_CASE("matching what is open already asks for nothing", "[core]") {
  Bench bench;
  bench.Match(kOneOfEach);
  const Texts before = bench.wire.targets();
  CHECK(before.size() == kOneOfEach.size());
  bench.Match(kOneOfEach);
  CHECK(bench.wire.targets() == before);
  CHECK(bench.wire.aborted() == 0);
}

TEST_CASE("a watch that is opened again starts with nothing", "[core]") {
  Bench bench;
  bench.Match({{WatchKind::kSavedPods, ""}});
  bench.Show("/api/v1/podtemplates", "team/saved-1");
  bench.Match({});
  bench.Match({{WatchKind::kSavedPods, ""}});
  CHECK(bench.World().saved_pods.items->empty());
  CHECK_FALSE(bench.World().saved_pods.current);
}

TEST_CASE("an adopted object reaches its own kind of watch alone", "[core]") {
  Bench bench;
  api::Pod pod;
  pod.meta.name = "web-0";
  pod.meta.ns = "team";
  pod.meta.resource_version = "7";
  bench.watches.Adopt<WatchKind::kRecreatedPods>(pod);
  bench.Match({{WatchKind::kPodsOnNode, "n1"},
               {WatchKind::kPodsOnNode, "n2"},
               {WatchKind::kOwnReplicas, ""},
               {WatchKind::kRecreatedPods, ""}});
  CHECK_FALSE(Has(bench.World().recreated_pods, "team/web-0"));
  bench.watches.Adopt<WatchKind::kRecreatedPods>(pod);
  CHECK(Has(bench.World().recreated_pods, "team/web-0"));
  CHECK_FALSE(Has(bench.World().replicas, "team/web-0"));
  CHECK_FALSE(Has(bench.World().pods.at("n1"), "team/web-0"));

  bench.watches.Adopt<WatchKind::kPodsOnNode>(pod);
  CHECK(Has(bench.World().pods.at("n1"), "team/web-0"));
  CHECK(Has(bench.World().pods.at("n2"), "team/web-0"));
  CHECK_FALSE(Has(bench.World().replicas, "team/web-0"));
}

TEST_CASE("a world has what is open, each in its own place, and nothing else", "[core]") {
  Bench bench;
  const planner::World nothing = bench.World();
  CHECK(nothing.pods.empty());
  CHECK(nothing.replicas.items == nullptr);
  CHECK(nothing.saved_pods.items == nullptr);

  bench.Match(kOneOfEach);
  bench.Show("/api/v1/pods?limit=100&field", "a/pod");
  bench.Show("/apis/coordination.k8s.io", "kube-node-lease/n1");
  bench.Show("/api/v1/namespaces/system/pods", "system/replica");
  bench.Show("/apis/storage.k8s.io", "/attachment");
  bench.Show("/api/v1/namespaces/team/pods", "team/web-0");
  bench.Show("/apis/apps/v1", "kube-system/cni");
  bench.Show("/apis/discovery.k8s.io/v1/namespaces/policy", "policy/hooks-1");
  bench.Show("/apis/admissionregistration.k8s.io/v1/validating", "/checks");
  bench.Show("/apis/admissionregistration.k8s.io/v1/mutating", "/injects");
  bench.Show("/api/v1/podtemplates", "team/saved-1");
  bench.Show("/api/v1/pods?limit=100&label", "team/again");
  const planner::World world = bench.World();
  CHECK(world.pods.size() == 1);
  CHECK(Has(world.pods.at("n1"), "a/pod"));
  CHECK(world.leases.size() == 1);
  CHECK(Has(world.leases.at("n1"), "kube-node-lease/n1"));
  CHECK(Has(world.replicas, "system/replica"));
  CHECK(Has(world.attachments, "attachment"));
  CHECK(world.whole_pods.size() == 1);
  CHECK(Has(world.whole_pods.at("team/web-0"), "team/web-0"));
  CHECK(world.daemon_sets.size() == 1);
  CHECK(Has(world.daemon_sets.at("kube-system/cni"), "kube-system/cni"));
  CHECK(world.endpoints.size() == 1);
  CHECK(Has(world.endpoints.at("policy/hooks"), "policy/hooks-1"));
  CHECK(Has(world.validating_webhooks, "checks"));
  CHECK(Has(world.mutating_webhooks, "injects"));
  CHECK(Has(world.saved_pods, "team/saved-1"));
  CHECK(Has(world.recreated_pods, "team/again"));
}

TEST_CASE("what is watched is current while its watch is heard from", "[core]") {
  Bench bench;
  bench.Match({{WatchKind::kPodsOnNode, "n1"}, {WatchKind::kPodsOnNode, "n2"}});
  REQUIRE(bench.World().pods.contains("n1"));
  CHECK_FALSE(bench.World().pods.at("n1").current);
  bench.Show("/api/v1/pods?limit=100&fieldSelector=spec.nodeName%3Dn1", "team/web-0");
  CHECK(bench.World().pods.at("n1").current);
  CHECK_FALSE(bench.World().pods.at("n2").current);
  bench.wire.Pass(125s);
  CHECK_FALSE(bench.World().pods.at("n1").current);
}

TEST_CASE("what may not be listed is denied, in the API server's words", "[core]") {
  Bench bench;
  bench.Match({{WatchKind::kValidatingWebhooks, ""}});
  CHECK(bench.World().validating_webhooks.denied.empty());
  const Wire::Open list = bench.wire.only();
  const std::string body = R"({"kind":"Status","code":403,"reason":"Forbidden","message":"no"})";
  bench.Handle(list.id, bench.wire.Answer(list, 403, body));
  const auto denied = bench.World().validating_webhooks;
  CHECK(denied.denied == "403 Forbidden: no");
  CHECK_FALSE(denied.listed);
  bench.wire.Pass(30s);
  bench.Serve();
  bench.Show("/apis/admissionregistration.k8s.io/v1/validating", "/checks");
  CHECK(bench.World().validating_webhooks.denied.empty());
  CHECK(bench.World().validating_webhooks.listed);
}

TEST_CASE("each watch has a name for people", "[core]") {
  Bench bench;
  bench.Match(kOneOfEach);
  CHECK(bench.Names() == Texts{"pods of n1",
                               "lease of n1",
                               "volume attachments",
                               "volume of pv-1",
                               "manifest of team/web-0",
                               "daemon set of kube-system/cni",
                               "endpoints of policy/hooks",
                               "validating webhooks",
                               "mutating webhooks",
                               "own replicas",
                               "saved pods",
                               "pods created again"});
  CHECK(NameOf(WatchKind::kServerVersion, "") == "server version");
  CHECK(NameOf(WatchKind::kSurvey, "") == "all pods");
}

}  // namespace
}  // namespace cu::core
