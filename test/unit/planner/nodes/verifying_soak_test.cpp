#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "planner/nodes/steps.hpp"
#include "planner/nodes/verifying.hpp"
#include "unit/planner/nodes/verifying_scene.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("a kubelet that dies right after it reported the version is not verified", "[planner]") {
  Scene scene = Verifying();
  scene.node("w").kubelet_version = kNew;
  scene.leases["w"]["w"].renew_time = "1";
  scene.Settle();
  scene.Pass(1);
  scene.leases["w"]["w"].renew_time = "2";  // and never again
  scene.Settle();
  scene.Pass(9);
  InstantCluster(scene).Run();
  CHECK(Message(scene) == "Ready at v1.36.3, waiting for its Lease to be renewed once more");
  SECTION("it becomes NotReady") {
    scene.Pass(30);
    scene.node("w").ready = false;
    CHECK(Message(scene) == "it is not Ready");
  }
  SECTION("it was late only") {
    scene.Pass(4);
    scene.leases["w"]["w"].renew_time = "3";
    InstantCluster(scene).Run();
    CHECK(scene.InWork().empty());
    CHECK(scene.status().failures.empty());
  }
  SECTION("nothing more is heard of it") {
    scene.Pass(600);
    InstantCluster(scene).Run();
    CHECK(scene.ReasonOfFailure() == "NoSignOfLife");
  }
}

TEST_CASE("a renewal in the last seconds of the soak will do", "[planner]") {
  Scene scene = Verifying();
  scene.node("w").kubelet_version = kNew;
  scene.leases["w"]["w"].renew_time = "1";
  scene.Settle();
  scene.Pass(6);
  scene.leases["w"]["w"].renew_time = "2";
  scene.Settle();
  scene.Pass(4);
  InstantCluster(scene).Run();
  CHECK(scene.InWork().empty());
}

TEST_CASE("a control-plane node gets its static pods back", "[planner]") {
  Scene scene(UpgradeBuilder().ByJob());
  scene.Add(ControlPlaneNode("m"));
  scene.Add("m", PodBuilder("etcd-m").In("kube-system").Mirror());
  scene.Add("m", PodBuilder("vip-m").In("kube-system").Mirror());
  scene.Add("m", PodBuilder("kube-scheduler-m").In("kube-system").Mirror().NotReady());
  InstantCluster cluster(scene);
  cluster.RunTo("m", "Upgrading");
  cluster.Run();
  CHECK(scene.Entry("m")->static_pods == Lines{"kube-system/etcd-m", "kube-system/vip-m"});
  cluster.CompleteJob(scene.Entry("m")->job_name);
  scene.node("m").kubelet_version = kNew;
  api::Pod& etcd = scene.pods["m"].at("kube-system/etcd-m");
  etcd.ready = false;
  cluster.Run();
  CHECK(scene.Entry("m")->message == "static pods are not Ready again: kube-system/etcd-m");
  SECTION("a break starts the soak again") {
    etcd.ready = true;
    scene.Settle();
    scene.Pass(9);
    etcd.ready = false;
    scene.Settle();
    etcd.ready = true;
    scene.Settle();
    scene.Pass(9);
    cluster.Run();
    CHECK(scene.StepOf("m") == "Verifying");
    scene.Pass(1);
    cluster.Run();
    CHECK(scene.InWork().empty());
    CHECK(scene.status().failures.empty());
  }
  SECTION("one of the control plane must not be gone, another may") {
    scene.pods["m"].erase("kube-system/vip-m");
    scene.pods["m"].erase("kube-system/etcd-m");
    scene.Settle();
    CHECK(scene.Entry("m")->message == "static pods are not Ready again: kube-system/etcd-m");
  }
  SECTION("not in time: it has failed, and is verified once they are Ready") {
    scene.Pass(600);
    cluster.Run();
    CHECK(scene.ReasonOfFailure() == "StaticPodsNotReady");
    CHECK(scene.status().failures.at(0).static_pods.size() == 2);
    CHECK(scene.Conditions() == "F F T NodesFailed");
    scene.Settle();
    CHECK(scene.InWork().empty());
    scene.pods["m"].at("kube-system/etcd-m").ready = true;
    scene.Settle();
    CHECK(scene.StepOf("m") == "Verifying");
  }
}

TEST_CASE("DaemonSets of namespaces that are not listed only warn", "[planner]") {
  Scene scene = Verifying(
      WithVerify([](api::VerifySpec& verify) { verify.daemon_set_namespaces = {"kube-system"}; }));
  scene.node("w").kubelet_version = kNew;
  scene.pods["w"].at("team-a/net-1").ready = false;
  scene.Settle();
  CHECK(PassesAfter(scene, 10));
  CHECK(scene.WarningLines() == Lines{"w: DaemonSet pods are not Ready again: team-a/net"});
}

TEST_CASE("a node that differs in the suffix only says what to write, and gets no further attempt",
          "[planner]") {
  Scene scene = Verifying();
  scene.node("w").kubelet_version = "v1.36.3-eks-cb19647";
  const std::string problem =
      "the kubelet reports v1.36.3-eks-cb19647, which differs from v1.36.3 in its suffix only: set "
      "spec.version to v1.36.3-eks-cb19647, or spec.versionMatch to Release";
  CHECK(Message(scene) == problem);
  SECTION("in time it is failed") {
    scene.Pass(600);
    InstantCluster(scene).Run();
    CHECK(scene.ReasonOfFailure() == "WrongVersion");
    CHECK(scene.status().failures.at(0).attempts == 1);
  }
  SECTION("spec.versionMatch: Release is enough") {
    scene.spec().version_match = api::VersionMatch::kRelease;
    scene.Edit();
    CHECK(Message(scene) == "Ready at v1.36.3-eks-cb19647, must stay Ready for 10 s");
    CHECK(PassesAfter(scene, 10));
    CHECK(scene.Conditions() == "T F F Upgraded");
  }
}

TEST_CASE("a node that has not been Ready for long says since when", "[planner]") {
  Scene scene = Verifying();
  scene.node("w").kubelet_version = kNew;
  scene.node("w").ready = false;
  scene.node("w").ready_since = scene.now.wall;
  CHECK(Message(scene) == "it is not Ready");
  scene.Pass(61);
  CHECK(Message(scene).find("the node has not been Ready since 20") == 0);
}
