#include "planner/target/etcd.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/planner/components.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

api::Pod EtcdOn(const std::string& node, const std::string& image) {
  api::Pod pod = PodBuilder("etcd-" + node).Label("component", "etcd").Mirror();
  pod.mirror_image = image;
  return pod;
}

EtcdSeen At(int minor) {
  return {{3, minor, 24}, "3." + std::to_string(minor) + ".24-0", "kube-system/etcd-m"};
}

/// A way of the control plane by these releases.
Route By(const std::vector<std::string>& stops) {
  Route route;
  for (const std::string& stop : stops) {
    route.hops.push_back({{stop, ParseVersion(stop)}, true, true});
  }
  return route;
}

std::string Release(int minor) {
  return "v1." + std::to_string(minor) + ".5";
}

}  // namespace

TEST_CASE("the oldest etcd of the static pods counts", "[planner]") {
  api::ObjectMap<api::Pod> pods;
  CHECK_FALSE(FindOldestEtcd(pods));
  pods["a"] = EtcdOn("a", "registry.k8s.io/etcd:3.6.8-0");
  pods["b"] = EtcdOn("b", "mirror.example:5000/etcd:v3.5.24");
  pods["c"] = EtcdOn("c", "registry.k8s.io/etcd:latest");
  pods["d"] = EtcdOn("d", "registry.example/etcd:2.3.8");
  REQUIRE(FindOldestEtcd(pods));
  CHECK(FindOldestEtcd(pods)->version == Version{3, 5, 24});
  CHECK(FindOldestEtcd(pods)->text == "v3.5.24");
  CHECK(FindOldestEtcd(pods)->pod == "b");
  SECTION("another component does not") {
    pods["b"].meta.labels["component"] = "kube-apiserver";
  }
  SECTION("nor does a pod that is no static one") {
    pods["b"].meta.annotations.clear();
  }
  CHECK(FindOldestEtcd(pods)->text == "3.6.8-0");
}

TEST_CASE("each release of Kubernetes brings a minor of etcd", "[planner]") {
  const std::vector<int> minors = {5, 5, 5, 5, 6, 6, 6, 7};
  for (int i = 0; i < 8; ++i) {
    CHECK(EtcdMinorOf({1, 30 + i, 2}) == minors[static_cast<std::size_t>(i)]);
  }
  CHECK_FALSE(EtcdMinorOf({1, 29, 2}));
  CHECK_FALSE(EtcdMinorOf({1, 38, 0}));
  CHECK_FALSE(EtcdMinorOf({2, 34, 0}));
}

TEST_CASE("an etcd that kubeadm brought can go every step from 1.30 to 1.37", "[planner]") {
  std::vector<std::string> stops;
  for (int minor = 31; minor <= 37; ++minor) {
    CAPTURE(minor);
    CHECK(DescribeEtcdSkip(At(*EtcdMinorOf({1, minor - 1, 5})), By({Release(minor)})).empty());
    stops.push_back(Release(minor));
    CHECK(DescribeEtcdSkip(At(5), By(stops)).empty());
  }
}

TEST_CASE("an etcd that was left behind cannot", "[planner]") {
  for (int minor = 31; minor <= 36; ++minor) {
    CAPTURE(minor);
    const bool skips = *EtcdMinorOf({1, minor, 5}) > 5;
    CHECK(DescribeEtcdSkip(At(4), By({Release(minor)})).empty() != skips);
  }
  CHECK(DescribeEtcdSkip(At(5), By({"v1.37.2"})) ==
        "etcd 3.7 comes with v1.37.2, and etcd is at 3.5.24-0 (kube-system/etcd-m): it goes up by "
        "one minor at a time; add a release of v1.36 that the control plane is not at yet to "
        "spec.path, which brings etcd 3.6, or upgrade etcd to 3.6 by other means first");
  CHECK(DescribeEtcdSkip(At(5), By({"v1.36.9", "v1.37.2"})).empty());
}

TEST_CASE("what brings an etcd that no listed release has is left to other means", "[planner]") {
  CHECK(DescribeEtcdSkip(At(3), By({"v1.31.2"})) ==
        "etcd 3.5 comes with v1.31.2, and etcd is at 3.3.24-0 (kube-system/etcd-m): it goes up by "
        "one minor at a time; upgrade etcd to 3.4 by other means first");
}

TEST_CASE("a skip in the middle of the way is found from what comes before it", "[planner]") {
  CHECK(DescribeEtcdSkip(At(4), By({"v1.33.9", "v1.37.2"}))
            .find("etcd 3.7 comes with v1.37.2, and etcd is at 3.5 by then") == 0);
}

TEST_CASE("of what is not known nothing is said", "[planner]") {
  CHECK(DescribeEtcdSkip(At(4), By({"v1.29.9", "v1.37.2"})).empty());
  CHECK(DescribeEtcdSkip(At(5), By({"v1.40.0"})).empty());
  Route workers = By({"v1.37.2"});
  workers.hops.front().control_plane = false;
  CHECK(DescribeEtcdSkip(At(5), workers).empty());
  CHECK(DescribeEtcdSkip(At(7), By({"v1.36.3"})).empty());
}
