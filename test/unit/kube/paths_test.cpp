#include "kube/paths.hpp"

#include <catch2/catch.hpp>

namespace cu::kube::paths {
namespace {

TEST_CASE("Targets are those of the Kubernetes API", "[kube]") {
  CHECK(Nodes() == "/api/v1/nodes");
  CHECK(Node("a.b") == "/api/v1/nodes/a.b");
  CHECK(Pods() == "/api/v1/pods");
  CHECK(Pods("team") == "/api/v1/namespaces/team/pods");
  CHECK(Eviction("team", "web-0") == "/api/v1/namespaces/team/pods/web-0/eviction");
  CHECK(PodDisruptionBudgets() == "/apis/policy/v1/poddisruptionbudgets");
  CHECK(DaemonSets("kube-system") == "/apis/apps/v1/namespaces/kube-system/daemonsets");
  CHECK(Job("j", "x") == "/apis/batch/v1/namespaces/j/jobs/x");
  CHECK(Lease("s", "l") == "/apis/coordination.k8s.io/v1/namespaces/s/leases/l");
  CHECK(ClusterUpgrade("prod") == "/apis/clusterupgrade.io/v1alpha1/clusterupgrades/prod");
  CHECK(ClusterUpgradeStatus("prod") ==
        "/apis/clusterupgrade.io/v1alpha1/clusterupgrades/prod/status");
  CHECK(Events("default") == "/apis/events.k8s.io/v1/namespaces/default/events");
  CHECK(Version() == "/version");
}

TEST_CASE("A name cannot leave its place in the path", "[kube]") {
  CHECK(Node("../secrets?x=1#y") == "/api/v1/nodes/..%2Fsecrets%3Fx%3D1%23y");
  CHECK(Encode("\xC3\xA9 +") == "%C3%A9%20%2B");
  CHECK(Encode("aZ09-._~") == "aZ09-._~");
}

TEST_CASE("Query values are encoded and joined", "[kube]") {
  CHECK(WithQuery("/p", {}) == "/p");
  CHECK(WithQuery("/p", {{"fieldSelector", "spec.nodeName=a"}, {"limit", "1"}}) ==
        "/p?fieldSelector=spec.nodeName%3Da&limit=1");
  CHECK(WithFieldManager("/n", "me") == "/n?fieldManager=me");
  CHECK(WithFieldManager("/n", "me", true) == "/n?fieldManager=me&force=true");
  CHECK(WithDryRun(WithFieldManager("/n", "me")) == "/n?fieldManager=me&dryRun=All");
}

}  // namespace
}  // namespace cu::kube::paths
