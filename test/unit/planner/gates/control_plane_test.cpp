#include "planner/gates/control_plane.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/snapshot.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("a control-plane node that was postponed keeps the workers back", "[planner]") {
  Scene scene;
  scene.Add(ControlPlaneNode("m-1").At(kNew)).Add(ControlPlaneNode("m-2")).Add(Worker("w"));
  scene.status().postponed = {PostponedFor("m-2", api::PostponeReason::kUncordonedByUser)};
  const Asking asking(AskControlPlane, scene);
  CHECK(asking.reason() == "ControlPlaneNotUpgraded");
  CHECK(asking.result().hold->kind == Hold::Kind::kNeedsPerson);
  CHECK(asking.message().starts_with("control-plane node m-2 is not upgraded"));

  SECTION("also at the version, while it is not released") {
    scene.Add(ControlPlaneNode("m-2").At(kNew).CordonedByUs());
    CHECK(Asking(AskControlPlane, scene).reason() == "ControlPlaneNotUpgraded");
  }
  SECTION("not once somebody has upgraded it") {
    scene.Add(ControlPlaneNode("m-2").At(kNew));
    CHECK(Asking(AskControlPlane, scene).reason().empty());
  }
  SECTION("not when it is to be left alone") {
    scene.node("m-2").meta.labels[std::string(api::kExclude)] = "true";
    CHECK(Asking(AskControlPlane, scene).reason().empty());
  }
  SECTION("not while it is the control plane's turn") {
    scene.status().postponed.clear();
    CHECK(Asking(AskControlPlane, scene).reason().empty());
  }
}
