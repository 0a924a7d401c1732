#include "planner/pods/static_pods.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/planner/builders.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

using Names = std::vector<std::string>;

api::ObjectMap<api::Pod> Of(const std::vector<api::Pod>& pods) {
  api::ObjectMap<api::Pod> map;
  for (const api::Pod& pod : pods) {
    map[pod.meta.Key()] = pod;
  }
  return map;
}

PodBuilder Static(const std::string& name) {
  return PodBuilder(name).In("kube-system").Mirror();
}

}  // namespace

TEST_CASE("the control plane's static pods are known by their names", "[planner]") {
  CHECK(IsOfControlPlane(Static("etcd-m")));
  CHECK(IsOfControlPlane(Static("kube-scheduler-m")));
  CHECK_FALSE(IsOfControlPlane(Static("etcdctl-m")));
  CHECK_FALSE(IsOfControlPlane(PodBuilder("etcd-m").In("kube-system")));
  CHECK_FALSE(IsOfControlPlane(PodBuilder("etcd-m").Mirror()));
  CHECK(IsApiServerOrEtcd(Static("kube-apiserver-m")));
  CHECK(IsApiServerOrEtcd(Static("etcd-m").Label("component", "etcd")));
  CHECK_FALSE(IsApiServerOrEtcd(Static("etcd-backup-w")));
  CHECK_FALSE(IsApiServerOrEtcd(Static("kube-proxy-w")));
}

TEST_CASE("Ready static pods are remembered, the control plane's first", "[planner]") {
  const auto pods =
      Of({Static("a-vip-m"), Static("etcd-m"), Static("kube-scheduler-m").NotReady()});
  CHECK(ReadyStaticPods(pods, {}) == Names{"kube-system/etcd-m", "kube-system/a-vip-m"});
  CHECK(ReadyStaticPods(pods, {"kube-system/etcd-m", "x/y"}) ==
        Names{"kube-system/etcd-m", "x/y", "kube-system/a-vip-m"});
}

TEST_CASE("what is not Ready again is told, and what is gone if the control plane needs it",
          "[planner]") {
  const Names names = {"kube-system/etcd-m", "kube-system/vip-m"};
  CHECK(UnreadyStaticPods(names, Of({Static("etcd-m"), Static("vip-m")})).empty());
  CHECK(UnreadyStaticPods(names, Of({})) == Names{"kube-system/etcd-m"});
  CHECK(UnreadyStaticPods(names, Of({Static("etcd-m"), Static("vip-m").NotReady()})) ==
        Names{"kube-system/vip-m"});
}
