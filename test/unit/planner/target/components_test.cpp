#include "planner/target/components.hpp"

#include <catch2/catch.hpp>

#include "unit/planner/components.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("the tag of an image is what follows its last colon, without a digest", "[planner]") {
  CHECK(TagOf("registry.k8s.io/kube-apiserver:v1.36.3") == "v1.36.3");
  CHECK(TagOf("registry.example.com:5000/kube-apiserver") == "");
  CHECK(TagOf("registry.example.com:5000/a:v1.36.3@sha256:00") == "v1.36.3");
  CHECK(TagOf("a@sha256:00") == "");
  CHECK(TagOf("") == "");
}

TEST_CASE("a node's components are at the oldest of their releases", "[planner]") {
  Scene scene;
  ShowComponents(scene, "cp-1", "v1.36.3");
  ShowComponents(scene, "cp-2", "v1.35.4");
  auto& pods = scene.control_plane_pods;
  CHECK(ComponentsOf(pods) == Components{{"cp-1", "v1.36.3"}, {"cp-2", "v1.35.4"}});
  pods["kube-system/kube-scheduler-cp-1"].mirror_image = "registry.k8s.io/kube-scheduler:v1.35.9";
  CHECK(ComponentsOf(pods).at("cp-1") == "v1.35.9");

  SECTION("one that is missing") {
    pods.erase("kube-system/kube-scheduler-cp-1");
  }
  SECTION("one whose tag is no release") {
    pods["kube-system/kube-scheduler-cp-1"].mirror_image = "kube-scheduler:latest";
  }
  SECTION("one that is no static pod") {
    pods["kube-system/kube-scheduler-cp-1"].meta.annotations.clear();
  }
  CHECK_FALSE(ComponentsOf(pods).contains("cp-1"));
}

TEST_CASE("etcd has releases of its own, and does not count", "[planner]") {
  Scene scene;
  ShowComponents(scene, "cp-1", "v1.36.3");
  ShowEtcd(scene, "cp-1", "3.6.8-0");
  CHECK(ComponentsOf(scene.control_plane_pods) == Components{{"cp-1", "v1.36.3"}});
}
