#include "kube/paths.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace cu::kube::paths {
namespace {

TEST_CASE("Targets are those of the Kubernetes API", "[kube]") {
  CHECK(All<api::Node>() == "/api/v1/nodes");
  CHECK(One<api::Node>("a.b") == "/api/v1/nodes/a.b");
  CHECK(All<api::Pod>() == "/api/v1/pods");
  CHECK(In<api::Pod>("team") == "/api/v1/namespaces/team/pods");
  CHECK(Eviction("team", "web-0") == "/api/v1/namespaces/team/pods/web-0/eviction");
  CHECK(All<api::PodDisruptionBudget>() == "/apis/policy/v1/poddisruptionbudgets");
  CHECK(In<api::DaemonSet>("kube-system") == "/apis/apps/v1/namespaces/kube-system/daemonsets");
  CHECK(One<api::Job>("j", "x") == "/apis/batch/v1/namespaces/j/jobs/x");
  CHECK(One<api::Lease>("s", "l") == "/apis/coordination.k8s.io/v1/namespaces/s/leases/l");
  CHECK(One<api::ClusterUpgrade>("prod") ==
        "/apis/clusterupgrade.io/v1alpha1/clusterupgrades/prod");
  CHECK(Status(One<api::ClusterUpgrade>("prod")) ==
        "/apis/clusterupgrade.io/v1alpha1/clusterupgrades/prod/status");
  CHECK(Events("default") == "/apis/events.k8s.io/v1/namespaces/default/events");
  CHECK(Version() == "/version");
}

// Every kind of codec/kinds.hpp, so that a slip in its row is seen.
TEST_CASE("Each kind has its collection", "[kube]") {
  std::vector<std::string> all;
#define CU_COLLECTION(Type, group_version, plural) all.push_back(All<api::Type>());
  CU_KINDS(CU_COLLECTION)
#undef CU_COLLECTION
  CHECK(all == std::vector<std::string>{
                   "/api/v1/nodes",
                   "/api/v1/pods",
                   "/api/v1/pods",
                   "/api/v1/pods",
                   "/api/v1/podtemplates",
                   "/api/v1/persistentvolumes",
                   "/apis/apps/v1/daemonsets",
                   "/apis/apps/v1/deployments",
                   "/apis/apps/v1/statefulsets",
                   "/apis/apps/v1/replicasets",
                   "/api/v1/replicationcontrollers",
                   "/apis/batch/v1/jobs",
                   "/apis/policy/v1/poddisruptionbudgets",
                   "/api/v1/configmaps",
                   "/apis/coordination.k8s.io/v1/leases",
                   "/apis/storage.k8s.io/v1/volumeattachments",
                   "/apis/discovery.k8s.io/v1/endpointslices",
                   "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
                   "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
                   "/apis/clusterupgrade.io/v1alpha1/clusterupgrades",
               });
}

TEST_CASE("A name cannot leave its place in the path", "[kube]") {
  CHECK(One<api::Node>("../secrets?x=1#y") == "/api/v1/nodes/..%2Fsecrets%3Fx%3D1%23y");
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
