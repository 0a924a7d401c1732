#include "planner/gates/version_findings.hpp"

#include <optional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "planner/gates/preflight.hpp"
#include "unit/planner/components.hpp"
#include "unit/planner/snapshot.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

std::vector<Finding> Find(const Scene& scene) {
  const Snapshot seen(scene);
  FindingBook book(std::vector<std::string>{});
  FindInVersions(seen.planning(), book);
  return book.Take();
}

/// Of workers that report these versions: types of the findings.
Lines Types(const std::string& target,
            const Lines& versions,
            api::VersionMatch match = api::VersionMatch::kExact) {
  Scene scene(UpgradeBuilder().To(target));
  scene.spec().version_match = match;
  scene.Add(ControlPlaneNode("m").At(target));
  for (const std::string& version : versions) {
    scene.Add(Worker("w" + std::to_string(scene.nodes.size())).At(version));
  }
  Lines types;
  for (const Finding& finding : Find(scene)) {
    types.push_back(NameOf(finding.type) + (finding.blocks ? " blocks" : " warns"));
  }
  return types;
}

const Lines kDiffers = {"SuffixDiffers blocks"};

}  // namespace

TEST_CASE("a suffix that no node will report is found before anything is touched", "[planner]") {
  CHECK(Types("v1.36.3", {"v1.36.3-eks-cb19647"}) == kDiffers);
  CHECK(Types("v1.36.3", {"v1.35.4-eks-cb19647"}) == kDiffers);
  CHECK(Types("v1.36.3-eks-5d632ec", {"v1.35.4"}) == kDiffers);
  CHECK(Types("v1.36.3+k0s.0", {"v1.35.4+k0s"}) == kDiffers);
  CHECK(Types("v1.36.3+rke2r1", {"v1.35.4+k3s1"}) == kDiffers);
  CHECK(Types("v1.36.3-eks-5d632ec", {"v1.36.3-eks-cb19647"}) == kDiffers);
  CHECK(Types("v1.36.3-eks-5d632ec", {"v1.35.4-eks-a1b2c3d", "v1.35.4-eks-b1c2d3e"}) == kDiffers);
}

TEST_CASE("suffixes that go on as before are none of it", "[planner]") {
  CHECK(Types("v1.36.3", {"v1.35.4", "v1.34.1"}).empty());
  CHECK(Types("v1.36.3+k3s1", {"v1.35.4+k3s2", "v1.35.4+k3s1"}).empty());
  CHECK(Types("v1.36.3+k3s2", {"v1.36.3+k3s1"}).empty());
  CHECK(Types("v1.36.3-eks-5d632ec", {"v1.35.4-eks-cb19647"}).empty());
  CHECK(Types("v1.36.3-gke.1234000", {"v1.35.4-gke.100"}).empty());
  CHECK(Types("v1.36.0", {"v1.36.0-rc.1"}).empty());
  CHECK(Types("v1.36.3", {"v1.36.3-eks-cb19647"}, api::VersionMatch::kRelease).empty());
  CHECK(Types("v1.36.3", {"v1.35.4-eks-cb19647"}, api::VersionMatch::kRelease).empty());
}

TEST_CASE("the finding says what nodes report and what to write", "[planner]") {
  Scene scene;
  scene.Add(ControlPlaneNode("m").At(kNew)).Add(Worker("w").At("v1.36.3-eks-cb19647"));
  scene.Settle();
  CHECK(scene.Conditions() == "F F T PreflightRefused");
  CHECK(scene.MessageOf("Stalled").find(
            "SuffixDiffers production: nodes report v1.36.3-eks-cb19647 (w): after their upgrade "
            "the suffix will not be that of v1.36.3, and they would fail; set spec.version to what "
            "an upgraded node reports, or spec.versionMatch to Release. Nothing was changed") !=
        std::string::npos);
  scene.spec().version_match = api::VersionMatch::kRelease;
  scene.Edit();
  scene.Settle();
  CHECK(scene.Conditions() == "T F F Upgraded");
}

TEST_CASE("a release that goes back to its pre-release is warned about", "[planner]") {
  CHECK(Types("v1.36.3-rc.1", {"v1.36.3"}) == Lines{"OlderPreRelease warns"});
  CHECK(Types("v1.36.3-rc.1", {"v1.36.3-rc.2"}) == Lines{"OlderPreRelease warns"});
  CHECK(Types("v1.36.3-rc.1", {"v1.36.3-rc.0"}).empty());
}

TEST_CASE("a control plane that cannot be told from the workers is warned about", "[planner]") {
  Scene scene(UpgradeBuilder().Pool("all", "", {2, false}));
  scene.server_version = kNew;
  scene.Add(Worker("a")).Add(Worker("b"));
  REQUIRE(Find(scene).size() == 1);
  CHECK(Find(scene).front().type == api::FindingType::kNoControlPlaneSeen);
  CHECK_FALSE(Find(scene).front().blocks);
  CHECK(Find(scene).front().text.find("spec.controlPlane.nodeSelector") != std::string::npos);
  SECTION("not where one node is taken at a time") {
    scene.spec().pools[0].max_unavailable = {1, false};
    CHECK(Find(scene).empty());
  }
  SECTION("not where the provider has it") {
    scene.node("a").meta.labels["eks.amazonaws.com/nodegroup"] = "x";
    CHECK(Find(scene).empty());
  }
  SECTION("not where it is seen") {
    scene.Add(ControlPlaneNode("m").At(kNew));
    CHECK(Find(scene).empty());
  }
}

TEST_CASE("an etcd that kubeadm would take over a minor is found, once it is seen", "[planner]") {
  Scene scene(UpgradeBuilder().To("v1.37.2"));
  scene.Add(ControlPlaneNode("m").At("v1.36.3")).Add(Worker("w").At("v1.36.3"));
  UseKubeadm(scene);
  ShowComponents(scene, "m", "v1.36.3");
  ShowEtcd(scene, "m", "3.5.24-0");
  scene.open = {{WatchKind::kControlPlanePods, ""}};
  const auto found = [&]() -> std::optional<std::vector<Finding>> {
    const Snapshot seen(scene);
    FindingBook book(std::vector<std::string>{});
    return FindEtcdSkips(seen.planning(), book) ? std::optional(book.Take()) : std::nullopt;
  };
  REQUIRE(found());
  REQUIRE(found()->size() == 1);
  CHECK(found()->front().blocks);
  CHECK(found()->front().type == api::FindingType::kEtcdSkipsMinor);
  CHECK(found()->front().object == "production");
  CHECK(found()->front().text.find("etcd 3.7 comes with v1.37.2, and etcd is at 3.5.24-0 "
                                   "(kube-system/etcd-m)") == 0);

  SECTION("before, preflight waits") {
    scene.open.clear();
    CHECK_FALSE(found());
    const Asking asking(AskPreflight, scene);
    CHECK(asking.reason() == "Preflight");
  }
  SECTION("not by a stop that brings the minor between") {
    scene.spec().path = {"v1.36.9"};
    CHECK(found()->empty());
  }
  SECTION("not where something else than kubeadm upgrades the nodes") {
    scene.spec().executor.type = api::ExecutorType::kJob;
    CHECK(found()->empty());
  }
  SECTION("not where etcd shows no release") {
    scene.control_plane_pods["kube-system/etcd-m"].mirror_image = "etcd";
    CHECK(found()->empty());
  }
}
