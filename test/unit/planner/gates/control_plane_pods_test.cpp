#include "planner/gates/control_plane_pods.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/snapshot.hpp"
#include "unit/planner/workers.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

/// m-1 is done; m-2 and m-3 are not.
Scene ThreeMasters() {
  Scene scene;
  scene.open.insert({WatchKind::kControlPlanePods, ""});
  scene.Add(ControlPlaneNode("m-1").At(kNew))
      .Add(ControlPlaneNode("m-2"))
      .Add(ControlPlaneNode("m-3"));
  for (const std::string name : {"m-1", "m-2", "m-3"}) {
    scene.Add(name, PodBuilder("etcd-" + name).In("kube-system").Mirror());
    scene.Add(name, PodBuilder("kube-apiserver-" + name).In("kube-system").Mirror());
  }
  return scene;
}

}  // namespace

TEST_CASE("no control-plane node is started while etcd is down on another one", "[planner]") {
  Scene scene = ThreeMasters();
  scene.Settle();
  CHECK(scene.InWork() == "m-2");

  scene = ThreeMasters();
  scene.pods["m-1"].at("kube-system/etcd-m-1").ready = false;
  scene.Settle();
  CHECK(scene.InWork().empty());
  CHECK(scene.Conditions() == "F T F WaitingForNodes");
  CHECK(scene.MessageOf("Ready") ==
        "waiting for static pods of the control plane that are not Ready: kube-system/etcd-m-1");
  scene.Pass(900);
  scene.Settle();
  CHECK(scene.Conditions() == "F F T NodesUnhealthy");

  scene.pods["m-1"].at("kube-system/etcd-m-1").ready = true;
  scene.Settle();
  CHECK(scene.InWork() == "m-2");
}

TEST_CASE("its own static pods keep no node from its upgrade", "[planner]") {
  Scene scene = ThreeMasters();
  scene.pods["m-2"].at("kube-system/etcd-m-2").ready = false;
  scene.Settle();
  CHECK(scene.InWork() == "m-2");
}

TEST_CASE("workers do not ask for the pods of the control plane", "[planner]") {
  Scene scene = OneWorkerBehind();
  scene.open.insert({WatchKind::kControlPlanePods, ""});
  scene.Add("master", PodBuilder("etcd-master").In("kube-system").Mirror().NotReady());
  const Asking asking(AskControlPlanePods, scene);
  CHECK(asking.reason().empty());
  CHECK_FALSE(asking.Watches(WatchKind::kPodsOnNode, "master"));
}

TEST_CASE("nothing is started before it is known what the API servers are", "[planner]") {
  const Asking asking(AskControlPlanePods, OneWorkerBehind());
  CHECK(asking.message() == "waiting for the static pods of the control plane");
}

TEST_CASE("the pods of every other control-plane node are looked at first", "[planner]") {
  const Scene scene = ThreeMasters();
  const Asking asking(AskControlPlanePods, scene);
  CHECK(asking.reason() == "LookingAtNode");
  CHECK(asking.Watches(WatchKind::kPodsOnNode, "m-1"));
  CHECK(asking.Watches(WatchKind::kPodsOnNode, "m-3"));
}
