#include "planner/gates/removed_apis.hpp"

#include <catch2/catch.hpp>

#include "unit/planner/snapshot.hpp"
#include "unit/planner/workers.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

Scene OneMinor() {
  Scene scene;
  scene.Add(ControlPlaneNode("m")).Add(Worker("w"));
  return scene;
}

}  // namespace

TEST_CASE("APIs that a minor on the way removes block the upgrade, others do not", "[planner]") {
  Scene scene = OneMinor();
  scene.deprecated_apis.apis = {{"g", "v1beta1", "lost", "1.36"},
                                {"g", "v1beta1", "gone-before", "1.35"},
                                {"", "v1beta1", "later", "1.37"},
                                {"g", "v1", "odd", "next"}};
  CHECK(scene.Actions().empty());
  CHECK(scene.Conditions() == "F F T PreflightRefused");
  CHECK(scene.MessageOf("Stalled").find("RemovedApiInUse lost.v1beta1.g: clients have requested "
                                        "it") != std::string::npos);
  CHECK(scene.MessageOf("Stalled").find("later") == std::string::npos);
  scene.spec().preflight_ignore = {"RemovedApiInUse=lost.v1beta1.g"};
  scene.Edit();
  scene.Settle();
  CHECK(scene.InWork() == "m");
}

TEST_CASE("every minor on the way counts", "[planner]") {
  Scene scene = OneMinor();
  scene.spec().version = "v1.37.1";
  scene.spec().path = {"v1.36.3"};
  scene.deprecated_apis.apis = {{"g", "v1beta1", "lost", "1.37"}};
  scene.Settle();
  CHECK(scene.Conditions() == "F F T PreflightRefused");
}

TEST_CASE("a patch release removes no API: nobody is asked", "[planner]") {
  Scene scene;
  scene.Add(ControlPlaneNode("m").At("v1.36.1")).Add(Worker("w").At("v1.36.1"));
  CHECK_FALSE(PassesMinors(Snapshot(scene).planning()));
  scene.Settle();
  CHECK_FALSE(scene.open.contains({WatchKind::kDeprecatedApis, ""}));
  CHECK(scene.InWork() == "m");
}

TEST_CASE("until the API server has said it, nothing is touched", "[planner]") {
  Scene scene = OneMinor();
  scene.deprecated_apis = {};
  scene.Settle();
  CHECK(scene.InWork().empty());
  CHECK(scene.Conditions() == "F T F Preflight");
}

TEST_CASE("where it cannot be asked a warning says so", "[planner]") {
  Scene scene = OneMinor();
  scene.deprecated_apis = {false, {}, "403 Forbidden"};
  scene.Settle();
  CHECK(scene.InWork() == "m");
  CHECK(scene.WarningLines().front().find("GET /metrics failed: 403 Forbidden") !=
        std::string::npos);
}
