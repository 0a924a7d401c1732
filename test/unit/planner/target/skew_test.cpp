#include "planner/target/skew.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/planner/components.hpp"
#include "unit/planner/scene.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

Scope ScopeOf(const Scene& scene) {
  return *scene.MakeWorld().scope;
}

/// The reason of the halt, or "".
std::string Halted(const Scene& scene) {
  const World world = scene.MakeWorld();
  const auto halt = CheckTarget(world.upgrade->spec, *world.scope, world.server_version);
  return halt ? NameOf(halt->reason) : "";
}

}  // namespace

TEST_CASE("only equal text is the target: another suffix is a change", "[planner]") {
  Scene scene(UpgradeBuilder().To("v1.36.3+k3s2"));
  scene.Add(Worker("a").At("v1.36.3+k3s1")).Add(Worker("b").At("v1.36.3+k3s2"));
  const Scope scope = ScopeOf(scene);
  CHECK_FALSE(scope.Find("a")->at_target);
  CHECK(scope.Find("b")->at_target);
  CHECK(Halted(scene).empty());
}

TEST_CASE("a target that the nodes cannot reach is refused", "[planner]") {
  struct Case {
    const char* what;
    std::string target;
    std::vector<api::Node> nodes;
    std::string reason;
  };
  const std::vector<Case> cases = {
      {"one minor", kNew, {ControlPlaneNode("m").At("v1.35.0"), Worker("w").At("v1.35.0")}, ""},
      {"a patch", "v1.35.9", {ControlPlaneNode("m"), Worker("w")}, ""},
      {"no version", "latest", {ControlPlaneNode("m")}, "InvalidSpec"},
      {"two minors", "v1.37.0", {ControlPlaneNode("m").At("v1.35.9")}, "MinorSkipped"},
      {"two minors for one of three",
       kNew,
       {ControlPlaneNode("a").At(kNew),
        ControlPlaneNode("b").At("v1.35.9"),
        ControlPlaneNode("c").At("v1.34.1")},
       "MinorSkipped"},
      {"back by a patch", "v1.35.3", {ControlPlaneNode("m")}, "DowngradeRefused"},
      {"back by a minor", "v1.34.9", {ControlPlaneNode("m"), Worker("w")}, "DowngradeRefused"},
      {"another suffix, back in text", "v1.35.4+a", {ControlPlaneNode("m").At("v1.35.4+b")}, ""},
      {"control plane without a version",
       kNew,
       {ControlPlaneNode("m").At("?")},
       "VersionUnreadable"},
      {"old control-plane node that is left alone",
       kNew,
       {ControlPlaneNode("m").Label(api::kExclude, "true")},
       "SkippedNodeTooOld"},
      {"control-plane node of the same minor that is left alone",
       "v1.35.9",
       {ControlPlaneNode("m").Label(api::kExclude, "true"), Worker("w")},
       ""},
      {"worker newer than the oldest API server",
       kNew,
       {ControlPlaneNode("m").At("v1.35.4"), Worker("w").At("v1.37.0")},
       "SkewViolated"},
      {"worker newer than the oldest API server, not than the target: the upgrade cures it",
       kNew,
       {ControlPlaneNode("a").At(kNew),
        ControlPlaneNode("b").At("v1.35.4"),
        Worker("w").At(kNew),
        Worker("x").At("v1.36.9")},
       ""},
      {"worker four minors behind API servers that are at the target: the upgrade cures it",
       kNew,
       {ControlPlaneNode("a").At("v1.36.0"), Worker("w").At("v1.32.0")},
       ""},
      {"worker four minors behind one of the API servers already",
       kNew,
       {ControlPlaneNode("a").At(kNew), ControlPlaneNode("b"), Worker("w").At("v1.32.0")},
       ""},
      {"worker newer by a patch only",
       kNew,
       {ControlPlaneNode("m"), Worker("w").At("v1.35.9")},
       ""},
      {"worker three minors behind", kNew, {ControlPlaneNode("m"), Worker("w").At("v1.33.0")}, ""},
      {"worker four minors behind", kNew, {ControlPlaneNode("m"), Worker("w").At("v1.32.0")}, ""},
      {"a new etcd-only node, a minor behind",
       kNew,
       {ControlPlaneNode("m").At(kNew), Worker("e").Label(api::kEtcdLabel), Worker("w").At(kNew)},
       ""},
      {"etcd-only nodes go first, and are newer for a while",
       kNew,
       {Worker("e").Label(api::kEtcdLabel).At(kNew), ControlPlaneNode("m"), Worker("w")},
       ""},
      {"an etcd-only node that is left alone, a minor behind",
       kNew,
       {ControlPlaneNode("m"), Worker("e").Label(api::kEtcdLabel).Label(api::kExclude, "true")},
       ""},
      {"an etcd-only node that is left alone, four minors behind",
       kNew,
       {ControlPlaneNode("m"),
        Worker("e").Label(api::kEtcdLabel).Label(api::kExclude, "true").At("v1.32.0")},
       "SkippedNodeTooOld"},
      {"an etcd-only node four minors behind",
       kNew,
       {ControlPlaneNode("m"), Worker("e").Label(api::kEtcdLabel).At("v1.32.0")},
       ""},
      {"an etcd-only node newer by a patch",
       kNew,
       {ControlPlaneNode("m"), Worker("e").Label(api::kEtcdLabel).At("v1.36.4")},
       "DowngradeRefused"},
      {"a virtual node far behind",
       kNew,
       {ControlPlaneNode("m"), Worker("v").At("v1.19.10").Label("type", "virtual-kubelet")},
       ""},
      {"a virtual node that is excluded, and newer",
       kNew,
       {ControlPlaneNode("m"),
        Worker("v")
            .At("v1.40.0")
            .Taint("virtual-kubelet.io/provider")
            .Label(api::kExclude, "true")},
       ""},
      {"a virtual node with a label of the control plane",
       kNew,
       {ControlPlaneNode("m"), ControlPlaneNode("v").At("1").Label("type", "virtual-kubelet")},
       ""},
      {"a kubelet built without a version",
       kNew,
       {ControlPlaneNode("m"), Worker("w").At("v0.0.0-master+$Format:%H$")},
       ""},
      {"a control-plane kubelet built without a version",
       kNew,
       {ControlPlaneNode("m").At("v0.0.0-master+$Format:%H$")},
       "VersionUnreadable"},
      {"a Windows kubelet four minors behind",
       kNew,
       {ControlPlaneNode("m"), Worker("w").At("v1.32.0").Label("kubernetes.io/os", "windows")},
       "SkippedNodeTooOld"},
      {"left-alone worker four minors behind",
       kNew,
       {ControlPlaneNode("m"), Worker("w").At("v1.32.0").Label(api::kExclude, "true")},
       "SkippedNodeTooOld"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.what);
    Scene scene{UpgradeBuilder().To(c.target)};
    for (const api::Node& node : c.nodes) {
      scene.Add(node);
    }
    CHECK(Halted(scene) == c.reason);
  }
}

TEST_CASE("a refused target says what to write instead", "[planner]") {
  Scene scene{UpgradeBuilder().To("v1.37.1")};
  scene.Add(ControlPlaneNode("m"));
  scene.Settle();
  CHECK(scene.Conditions() == "F F T MinorSkipped");
  CHECK(scene.MessageOf("Stalled") ==
        "the control plane may not skip a minor version from v1.35.4 to v1.37.1: add a release of "
        "v1.36 to spec.path");
}

TEST_CASE("where no control-plane node is seen, the API server bounds the kubelets", "[planner]") {
  Scene scene;
  scene.Add(Worker("w"));
  CHECK(scene.Settle().watches.contains({WatchKind::kServerVersion, ""}));
  CHECK(scene.Conditions() == "F T F WaitingForServerVersion");

  scene.server_version = "v1.35.9";
  scene.Settle();
  CHECK(scene.Conditions() == "F F T SkewViolated");

  scene.server_version = "v1.36.0";
  scene.Settle();
  CHECK(scene.InWork() == "w");
}

TEST_CASE("below a managed control plane no worker goes back a minor", "[planner]") {
  Scene scene{UpgradeBuilder().To("v1.35.4")};
  scene.server_version = "v1.36.3";
  scene.Add(Worker("a").At("v1.34.2")).Add(Worker("b").At("v1.36.1"));
  scene.Settle();
  CHECK(scene.Conditions() == "F F T DowngradeRefused");
  CHECK(scene.MessageOf("Stalled").find("node b is at v1.36.1") == 0);
  CHECK(scene.InWork().empty());

  scene.Add(Worker("b").At("v1.36.1").Label(api::kExclude, "true"));
  scene.Settle();
  CHECK(scene.InWork() == "a");
}

TEST_CASE("etcd-only nodes say nothing about a managed API server", "[planner]") {
  Scene scene;
  scene.Add(Worker("e").Label(api::kEtcdLabel)).Add(Worker("w"));
  CHECK(scene.Settle().watches.contains({WatchKind::kServerVersion, ""}));
}

TEST_CASE("a control-plane selector that misses a labelled node is refused", "[planner]") {
  Scene scene(UpgradeBuilder().With([](api::ClusterUpgrade& upgrade) {
    upgrade.spec.control_plane_selector = api::LabelSelector{{{"role", "master"}}, {}};
  }));
  scene.Add(Worker("m").Label("role", "master"));
  CHECK(ScopeOf(scene).Find("m")->control_plane);
  CHECK(Halted(scene).empty());
  scene.Add(ControlPlaneNode("missed"));
  CHECK(Halted(scene) == "ControlPlaneNotSelected");
}

TEST_CASE("an object that the decoder could not read is reported and touches nothing",
          "[planner]") {
  Scene scene(UpgradeBuilder().With([](api::ClusterUpgrade& upgrade) {
    upgrade.spec.problems = {"spec.drain.when: unknown value \"Often\""};
  }));
  scene.Add(Worker("w"));
  CHECK(scene.Actions().empty());
  CHECK(scene.Conditions() == "F F T InvalidSpec");
  CHECK(scene.MessageOf("Stalled") == "spec.drain.when: unknown value \"Often\"");
}

TEST_CASE("a skew that the upgrade ends, or does not make worse, is a warning", "[planner]") {
  Scene scene;
  scene.Add(ControlPlaneNode("cp-1").At(kNew)).Add(ControlPlaneNode("cp-2"));
  scene.Add(Worker("asg-new-1").At(kNew)).Add(Worker("w"));
  scene.Settle();
  CHECK(scene.InWork() == "cp-2");
  CHECK(scene.WarningLines() ==
        Lines{"nodes at v1.36.3 are newer than the oldest API server, which is not supported: pods "
              "on them may fail until the control plane is upgraded"});
}

TEST_CASE("a skipped node that is too old already is named, and the rest goes on", "[planner]") {
  Scene scene;
  scene.Add(ControlPlaneNode("m").At(kNew)).Add(Worker("w"));
  scene.Add(Worker("old").At("v1.32.0").Label(api::kExclude, "true"));
  scene.Settle();
  CHECK(scene.InWork() == "w");
  REQUIRE(scene.WarningLines().size() == 1);
  CHECK(scene.WarningLines()[0].find("nodes at v1.32.0 are too many minor versions older") == 0);
}

TEST_CASE("an API server that its executor left behind stops the upgrade", "[planner]") {
  Scene scene;
  scene.Add(ControlPlaneNode("m").At(kNew)).Add(Worker("w"));
  CHECK(Halted(scene).empty());  // nothing is seen of it
  ShowComponents(scene, "m", "v1.36.0");
  CHECK(Halted(scene).empty());
  ShowComponents(scene, "m", "v1.35.4");
  CHECK(Halted(scene) == "SkewViolated");
  const World world = scene.MakeWorld();
  CHECK(CheckTarget(scene.spec(), *world.scope, world.server_version)->message ==
        "control-plane node m is at v1.36.3, and its static pods still at v1.35.4: a kubelet must "
        "not be newer than an API server; upgrade them by hand, and let the executor upgrade both "
        "(for kubeadm: executor.type Kubeadm)");
  SECTION("while the node is in work that is its verification's") {
    scene.node("m").meta.annotations[std::string(api::kCordonedBy)] = MarkOf(scene.upgrade().meta);
    CHECK(Halted(scene).empty());
  }
  SECTION("executor Kubeadm upgrades them") {
    UseKubeadm(scene);
    CHECK(Halted(scene).empty());
  }
}

TEST_CASE("the version of the API server counts, not that of the kubelet beside it", "[planner]") {
  Scene scene;
  scene.Add(ControlPlaneNode("m").At("v1.35.4")).Add(Worker("w").At("v1.35.4"));
  ShowComponents(scene, "m", "v1.37.0");
  CHECK(Halted(scene) == "DowngradeRefused");
}
