#include "planner/tokens/token_fold.hpp"

#include <catch2/catch.hpp>

#include "planner/tokens/looks.hpp"
#include "unit/planner/snapshot.hpp"
#include "unit/planner/tokens/token_scene.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

/// A change at 100 s has settled.
Scene Changed() {
  Scene scene = QuietCluster();
  api::TokenChange change;
  change.reasons = {api::TokenChangeReason::kSigningKey};
  change.since = After(100);
  scene.status().token_refresh->change = change;
  return scene;
}

api::Pod Holder(const std::string& ns, const std::string& name, int created) {
  api::Pod pod = PodBuilder(name).In(ns).OwnedBy("StatefulSet", name.substr(0, name.find('-')));
  pod.holds_token = true;
  pod.accepted = true;
  pod.meta.created = After(created);
  return pod;
}

/// "kube-system/proxy (DaemonSet): 1 pod, alone"
Lines LinesOf(const TokenLook& look) {
  Lines lines;
  for (const StaleWorkload& found : look.workloads) {
    lines.push_back(LaggardLine(found) + (found.alone ? ", alone" : ""));
  }
  return lines;
}

TokenLook LookAt(const Scene& scene, const std::vector<api::Pod>& pods) {
  const Snapshot seen(scene);
  TokenFold fold(seen.world());
  fold.Add(pods);
  return fold.Finish();
}

}  // namespace

TEST_CASE("pods that were created up to the change hold old tokens", "[planner]") {
  const TokenLook look = LookAt(
      Changed(),
      {Holder("shop", "db-0", 99), Holder("shop", "db-1", 100), Holder("shop", "db-2", 101)});
  CHECK(look.pods == api::TokenPods{2, 1, 0});
  CHECK(LinesOf(look) == Lines{"shop/db (StatefulSet): 2 pods"});
}

TEST_CASE("what runs the cluster comes first and is alone, pods without a controller by themselves",
          "[planner]") {
  api::Pod alone = Holder("shop", "alone", 0);
  alone.meta.controller.reset();
  api::Pod proxy = Holder("kube-system", "proxy-1", 0);
  proxy.meta.controller->kind = "DaemonSet";
  api::Pod csi = Holder("storage", "csi-1", 0);
  csi.system_critical = true;
  const TokenLook look = LookAt(Changed(),
                                {Holder("a10", "web-0", 0),
                                 Holder("a9", "web-0", 0),
                                 alone,
                                 csi,
                                 Holder("kube-system", "dns-1", 0),
                                 proxy});
  CHECK(LinesOf(look) == Lines{"kube-system/proxy (DaemonSet): 1 pod, alone",
                               "kube-system/dns (StatefulSet): 1 pod, alone",
                               "a9/web (StatefulSet): 1 pod",
                               "a10/web (StatefulSet): 1 pod",
                               "shop/alone (no controller): 1 pod",
                               "storage/csi (StatefulSet): 1 pod, alone"});
}

TEST_CASE("pods that hold nothing that matters do not count", "[planner]") {
  std::vector<api::Pod> pods(6, Holder("shop", "web-0", 0));
  pods[0].holds_token = false;
  pods[1].accepted = false;
  pods[2].phase = api::PodPhase::kSucceeded;
  pods[3].meta.deleted = After(0);
  pods[4].meta.annotations["kubernetes.io/config.mirror"] = "hash";
  pods[5].meta.ns = "cluster-upgrade-system";
  pods[5].meta.labels["app.kubernetes.io/name"] = "cluster-upgrade-controller";
  CHECK(LookAt(Changed(), pods).pods == api::TokenPods{0, 0, 0});
}

TEST_CASE("namespaces out of scope are counted apart", "[planner]") {
  Scene scene = Changed();
  scene.spec().token_refresh.namespaces = {"shop", "bank"};
  scene.spec().token_refresh.exclude_namespaces = {"bank"};
  const TokenLook look = LookAt(scene,
                                {Holder("shop", "a-0", 0),
                                 Holder("bank", "b-0", 0),
                                 Holder("other", "c-0", 0),
                                 Holder("other", "c-1", 200)});
  CHECK(look.pods == api::TokenPods{1, 0, 2});
}

TEST_CASE("a pod that trusts the authorities alone is stale by their change alone", "[planner]") {
  Scene scene = Changed();
  api::Pod pod = Holder("shop", "web-0", 0);
  pod.holds_token = false;
  pod.holds_authority = true;
  CHECK(LookAt(scene, {pod}).pods == api::TokenPods{0, 1, 0});
  scene.status().token_refresh->change->authority_since = After(0);
  CHECK(LookAt(scene, {pod}).pods == api::TokenPods{1, 0, 0});
}

TEST_CASE("a look keeps a thousand workloads", "[planner]") {
  std::vector<api::Pod> pods;
  for (int i = 0; i < 1'500; ++i) {
    pods.push_back(Holder("shop", "w" + std::to_string(i) + "-0", 0));
  }
  const TokenLook look = LookAt(Changed(), pods);
  CHECK(look.pods.stale == 1'500);
  CHECK(look.workloads.size() == 1'000);
  CHECK(look.more);
}

TEST_CASE("without a settled change nothing is counted", "[planner]") {
  CHECK(LookAt(QuietCluster(), {Holder("shop", "web-0", 0)}).pods == api::TokenPods{});
}
