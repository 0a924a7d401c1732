#include "planner/nodes/verifying.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "planner/nodes/steps.hpp"
#include "unit/planner/components.hpp"
#include "unit/planner/nodes/verifying_scene.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

/// One worker whose Job did not end in time.
Scene Overdue() {
  Scene scene(UpgradeBuilder().ByJob());
  scene.server_version = kNew;
  scene.Add(Worker("w"));
  InstantCluster cluster(scene);
  cluster.RunTo("w", "Upgrading");
  cluster.Run();
  scene.Pass(1800);
  cluster.Run();
  REQUIRE(scene.status().failures.at(0).reason == api::FailureReason::kJobOverdue);
  return scene;
}

}  // namespace

TEST_CASE("a node is verified once it is Ready at the version without a break", "[planner]") {
  Scene scene = Verifying();
  CHECK(Message(scene) == "the kubelet still reports v1.35.4");
  scene.node("w").kubelet_version = kNew;
  CHECK(Message(scene) == "Ready at v1.36.3, must stay Ready for 10 s");
  CHECK_FALSE(PassesAfter(scene, 9));
  CHECK(PassesAfter(scene, 1));
  CHECK(scene.Conditions() == "T F F Upgraded");
}

TEST_CASE("every break starts the soak again", "[planner]") {
  Scene scene = Verifying();
  scene.node("w").kubelet_version = kNew;
  scene.Settle();
  scene.Pass(9);
  SECTION("a flap that was seen") {
    scene.node("w").ready = false;
    CHECK(Message(scene) == "it is not Ready");
    scene.node("w").ready = true;
  }
  SECTION("a flap that only the time of the transition tells") {
    scene.node("w").ready_since = After(5);
  }
  SECTION("another boot") {
    scene.node("w").boot_id = "boot-2";
  }
  scene.Settle();
  CHECK_FALSE(PassesAfter(scene, 9));
  CHECK(PassesAfter(scene, 1));
}

TEST_CASE("memory lost in a restart costs a soak, no more", "[planner]") {
  Scene scene = Verifying();
  scene.node("w").kubelet_version = kNew;
  scene.Settle();
  scene.Pass(9);
  scene.memory = {};
  scene.Settle();
  CHECK_FALSE(PassesAfter(scene, 9));
  CHECK(PassesAfter(scene, 1));
}

TEST_CASE("verify.newBoot wants another boot than before", "[planner]") {
  Scene scene = Verifying(WithVerify([](api::VerifySpec& verify) { verify.new_boot = true; }));
  scene.node("w").kubelet_version = kNew;
  CHECK(Message(scene) == "it has not been rebooted yet (spec.verify.newBoot)");
  CHECK_FALSE(PassesAfter(scene, 60));
  scene.node("w").boot_id = "boot-2";
  scene.Settle();
  CHECK(PassesAfter(scene, 10));
}

TEST_CASE("a boot from before the attempt does not count as its reboot", "[planner]") {
  const UpgradeBuilder upgrade =
      WithVerify([](api::VerifySpec& verify) { verify.new_boot = true; });
  SECTION("during the drain") {
    Scene scene(upgrade);
    scene.server_version = kNew;
    scene.Add(Worker("w"));
    scene.Add("w", PodBuilder("web").Label("app", "web"));
    InstantCluster cluster(scene);
    cluster.RunTo("w", "Draining");
    scene.node("w").boot_id = "boot-2";
    cluster.RunTo("w", "Upgrading");
    CHECK(scene.Entry("w")->boot_id == "boot-2");
  }
  SECTION("of the attempt before") {
    Scene scene = Verifying(upgrade);
    scene.node("w").boot_id = "boot-2";
    scene.Pass(600);
    scene.Settle();
    scene.Pass(30);
    InstantCluster cluster(scene);
    cluster.Run();
    REQUIRE(scene.Entry("w")->attempt == 2);
    cluster.CompleteJob(scene.Entry("w")->job_name);
    scene.node("w").kubelet_version = kNew;
    CHECK(Message(scene) == "it has not been rebooted yet (spec.verify.newBoot)");
  }
}

TEST_CASE("where the version cannot tell, a renewed Lease is the sign of life", "[planner]") {
  Scene scene = Verifying();
  scene.node("w").kubelet_version = kNew;
  scene.Entry("w")->from_version = kNew;
  scene.memory = {};
  scene.leases["w"];
  CHECK(Message(scene) == "waiting for its Lease to be renewed");
  CHECK(scene.open.contains({WatchKind::kNodeLease, "w"}));
  CHECK(Message(scene) == "waiting for its Lease to be renewed");
  scene.leases["w"]["w"].renew_time = "10:00:00";
  CHECK(Message(scene) == "waiting for its Lease to be renewed");
  scene.leases["w"]["w"].renew_time = "10:00:10";
  CHECK(Message(scene) == "Ready at v1.36.3, must stay Ready for 10 s");
  CHECK(PassesAfter(scene, 10));
}

TEST_CASE("DaemonSet pods that were Ready before must be Ready again", "[planner]") {
  Scene scene = Verifying();
  scene.node("w").kubelet_version = kNew;
  scene.pods["w"].at("team-a/net-1").ready = false;
  CHECK(Message(scene) == "DaemonSet pods are not Ready again: team-a/net");
  CHECK_FALSE(PassesAfter(scene, 60));
  SECTION("another pod of it counts") {
    scene.Add("w", PodBuilder("net-2").OwnedBy("DaemonSet", "net"));
  }
  SECTION("the same pod counts") {
    scene.pods["w"].at("team-a/net-1").ready = true;
  }
  scene.Settle();
  CHECK(PassesAfter(scene, 10));
}

TEST_CASE("a DaemonSet that is gone, or asks for other nodes now, is not waited for", "[planner]") {
  Scene scene = Verifying();
  scene.node("w").kubelet_version = kNew;
  scene.pods["w"].clear();
  api::DaemonSet net;
  net.meta.ns = "team-a";
  net.meta.name = "net";
  scene.daemon_sets["team-a/net"]["team-a/net"] = net;
  CHECK(Message(scene) == "DaemonSet pods are not Ready again: team-a/net");
  CHECK(scene.open.contains({WatchKind::kDaemonSet, "team-a/net"}));
  SECTION("gone") {
    scene.daemon_sets["team-a/net"].clear();
  }
  SECTION("for other nodes") {
    scene.daemon_sets["team-a/net"]["team-a/net"].placement.node_selector = {{"kernel", "old"}};
  }
  scene.Settle();
  CHECK(PassesAfter(scene, 10));
}

TEST_CASE("verify.daemonSets Warn goes on and says so", "[planner]") {
  Scene scene = Verifying(
      WithVerify([](api::VerifySpec& verify) { verify.daemon_sets = api::DaemonSetCheck::kWarn; }));
  scene.node("w").kubelet_version = kNew;
  scene.pods["w"].at("team-a/net-1").ready = false;
  scene.Settle();
  CHECK(scene.status().warnings.empty());
  CHECK(PassesAfter(scene, 10));
  CHECK(scene.WarningLines() == Lines{"w: DaemonSet pods are not Ready again: team-a/net"});
}

TEST_CASE("a node that is not healthy in time has failed, and why", "[planner]") {
  struct Case {
    const char* reason;
    void (*spoil)(Scene&);
  };
  const std::vector<Case> cases = {
      {"NodeNotReady", [](Scene& s) { s.node("w").ready = false; }},
      {"NotRebooted", [](Scene& s) { s.spec().verify.new_boot = true; }},
      {"NoSignOfLife",
       [](Scene& s) {
         s.Entry("w")->from_version = kNew;
         s.leases["w"];
       }},
      {"DaemonSetsNotReady", [](Scene& s) { s.pods["w"].at("team-a/net-1").ready = false; }},
  };
  for (const Case& c : cases) {
    CAPTURE(c.reason);
    Scene scene = Verifying();
    scene.node("w").kubelet_version = kNew;
    c.spoil(scene);
    scene.Pass(599);
    scene.Settle();
    CHECK(scene.StepOf("w") == "Verifying");
    scene.current = false;
    scene.Pass(1);
    scene.Settle();
    CHECK(scene.StepOf("w") == "Verifying");
    scene.current = true;
    InstantCluster(scene).Run();
    REQUIRE(scene.status().failures.size() == 1);
    CHECK(NameOf(scene.status().failures[0].reason) == c.reason);
    CHECK(scene.status().failures[0].step == api::NodeStep::kVerifying);
    CHECK(scene.node("w").unschedulable);
    CHECK(scene.InWork().empty());
  }
}

TEST_CASE("a node that failed is verified against what was known before", "[planner]") {
  Scene scene = Verifying();
  scene.node("w").kubelet_version = kNew;
  scene.pods["w"].at("team-a/net-1").ready = false;
  scene.Pass(600);
  InstantCluster(scene).Run();
  REQUIRE(scene.status().failures.size() == 1);
  CHECK(scene.Conditions() == "F F T NodesFailed");
  CHECK(scene.node("w").unschedulable);

  SECTION("fresh attempts meant for another node do not release it") {
    scene.leases["w"]["w"].renew_time = "1";
    scene.AskForRetry("seen");
    scene.Settle();
    REQUIRE(scene.StepOf("w") == "Verifying");
    scene.leases["w"]["w"].renew_time = "2";
    CHECK(Message(scene) == "DaemonSet pods are not Ready again: team-a/net");
    scene.Pass(600);
    InstantCluster(scene).Run();
    CHECK(scene.InWork().empty());
    CHECK_FALSE(scene.status().failures.at(0).retried);
    CHECK(scene.node("w").unschedulable);
  }
  SECTION("once its DaemonSet pods are Ready it is verified and released") {
    scene.pods["w"].at("team-a/net-1").ready = true;
    scene.leases["w"]["w"].renew_time = "1";
    scene.Settle();
    REQUIRE(scene.StepOf("w") == "Verifying");
    scene.leases["w"]["w"].renew_time = "2";
    scene.Settle();
    CHECK(PassesAfter(scene, 10));
    CHECK_FALSE(scene.node("w").unschedulable);
  }
  SECTION("another attempt expects them, too") {
    scene.node("w").kubelet_version = kOld;
    scene.Edit();
    InstantCluster(scene).RunTo("w", "Upgrading");
    CHECK(scene.Entry("w")->daemon_sets == Lines{"team-a/net"});
  }
}

TEST_CASE("a failed node is verified by itself once what it failed for is over", "[planner]") {
  Scene scene = Verifying();
  scene.node("w").kubelet_version = kNew;
  SECTION("it was rebooted") {
    scene.spec().verify.new_boot = true;
    scene.Pass(600);
    InstantCluster(scene).Run();
    REQUIRE(scene.status().failures.at(0).reason == api::FailureReason::kNotRebooted);
    scene.node("w").boot_id = "boot-2";
  }
  SECTION("its kubelet has reported since") {
    scene.Entry("w")->from_version = kNew;
    scene.leases["w"];
    scene.Pass(600);
    InstantCluster(scene).Run();
    REQUIRE(scene.status().failures.at(0).reason == api::FailureReason::kNoSignOfLife);
    scene.Pass(60);
    scene.node("w").ready_since = scene.now.wall;
  }
  SECTION("a Job that was overdue has ended") {
    scene = Overdue();
    scene.node("w").kubelet_version = kNew;
    InstantCluster(scene).Run();
    CHECK(scene.InWork().empty());
    scene.AskForRetry("seen");
    InstantCluster(scene).Run();
    CHECK(scene.InWork().empty());
    CHECK(scene.Conditions() == "F T F WaitingForJob");
    InstantCluster(scene).CompleteJob(scene.jobs.begin()->second.meta.name);
  }
  scene.Settle();
  CHECK(scene.StepOf("w") == "Verifying");
}

TEST_CASE("a node that becomes Ready after all is verified and released", "[planner]") {
  Scene scene = Verifying();
  scene.node("w").kubelet_version = kNew;
  scene.node("w").ready = false;
  scene.Pass(600);
  InstantCluster(scene).Run();
  CHECK(scene.Conditions() == "F F T NodesFailed");
  scene.node("w").ready = true;
  scene.Settle();
  CHECK(scene.StepOf("w") == "Verifying");
}

TEST_CASE("a Job that ended well without changing the version is a failed attempt", "[planner]") {
  Scene scene = Verifying();
  scene.Pass(600);
  scene.Settle();
  CHECK(scene.StepOf("w") == "Upgrading");
  REQUIRE(scene.Entry("w")->retry_time);
  CHECK(scene.Entry("w")->message.find("WrongVersion: after its upgrade: the kubelet still "
                                       "reports v1.35.4") != std::string::npos);
  scene.Pass(30);
  InstantCluster cluster(scene);
  cluster.Run();
  CHECK(scene.Entry("w")->attempt == 2);
  cluster.CompleteJob(scene.Entry("w")->job_name);
  cluster.Run();
  scene.Pass(600);
  cluster.Run();
  REQUIRE(scene.status().failures.size() == 1);
  CHECK(scene.status().failures[0].reason == api::FailureReason::kWrongVersion);
  CHECK(scene.status().failures[0].attempts == 2);
}

TEST_CASE("a control-plane node is not verified while its static pods are a minor older",
          "[planner]") {
  Scene scene(UpgradeBuilder().ByJob());
  scene.server_version = kOld;
  scene.Add(ControlPlaneNode("w"));
  ShowComponents(scene, "w", kOld);
  InstantCluster cluster(scene);
  cluster.RunTo("w", "Upgrading");
  cluster.Run();
  scene.node("w").kubelet_version = kNew;
  cluster.CompleteJob(scene.Entry("w")->job_name);
  cluster.Run();
  CHECK(Message(scene) == std::string("its control plane still runs ") + kOld);
  ShowComponents(scene, "w", kNew);
  CHECK(Message(scene) == "Ready at v1.36.3, must stay Ready for 10 s");
}
