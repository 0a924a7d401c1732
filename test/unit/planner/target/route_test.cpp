#include "planner/target/route.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

using namespace cu;
using namespace cu::planner;

namespace {

constexpr Kubelet kApi{"", true, true, false};
constexpr Kubelet kWorker{};

std::string Minor(int minor) {
  return "v1." + std::to_string(minor) + ".3";
}

api::ClusterUpgradeSpec To(std::string version, std::vector<std::string> path = {}) {
  api::ClusterUpgradeSpec spec;
  spec.version = std::move(version);
  spec.path = std::move(path);
  return spec;
}

/// A path with a release of each minor in between.
api::ClusterUpgradeSpec ToMinor(int from, int to) {
  std::vector<std::string> path;
  for (int minor = from + 1; minor < to; ++minor) {
    path.push_back(Minor(minor));
  }
  return To(Minor(to), path);
}

Fleet FleetOf(const std::vector<std::string>& control_plane,
              const std::vector<std::string>& workers) {
  Fleet fleet;
  for (const std::string& version : control_plane) {
    ++fleet[{version, true, true, false}];
  }
  for (const std::string& version : workers) {
    ++fleet[{version, false, false, false}];
  }
  return fleet;
}

/// "v1.30.3 CP, v1.32.3 CP+W<1.30" …
std::string Describe(const Route& route) {
  std::string text = route.problem.value_or("");
  for (const Hop& hop : route.hops) {
    text += (text.empty() ? "" : ", ") + hop.target.text + (hop.control_plane ? " CP" : "") +
            (hop.workers ? " W" : "");
    if (hop.lifts_below) {
      text += "<1." + std::to_string(hop.lifts_below->minor);
    }
  }
  return text;
}

}  // namespace

TEST_CASE("the way to the target is one hop as a rule", "[planner]") {
  const Route route = PlanRoute(To("v1.36.3+k3s1"), FleetOf({"v1.35.4"}, {"v1.35.4"}));
  CHECK(Describe(route) == "v1.36.3+k3s1 CP W");
  CHECK(route.current().target.version == Version{1, 36, 3});
  CHECK_FALSE(PlanRoute(To("latest"), {}).current().target.version.has_value());
}

TEST_CASE("workers skip minors as far as the skew allows", "[planner]") {
  CHECK(Describe(PlanRoute(ToMinor(29, 33), FleetOf({Minor(29)}, {Minor(29)}))) ==
        "v1.30.3 CP, v1.31.3 CP, v1.32.3 CP W<1.30, v1.33.3 CP W");
  CHECK(Describe(PlanRoute(ToMinor(34, 36), FleetOf({Minor(34)}, {Minor(34)}))) ==
        "v1.35.3 CP, v1.36.3 CP W");
  // Two minors only for kubelets below 1.25.
  CHECK(Describe(PlanRoute(ToMinor(23, 26), FleetOf({Minor(23)}, {Minor(23)}))) ==
        "v1.24.3 CP, v1.25.3 CP W<1.24, v1.26.3 CP W");
}

TEST_CASE("workers that are behind already are lifted to what the API servers are at",
          "[planner]") {
  const auto spec = To("v1.33.3");
  CHECK(Describe(PlanRoute(spec, FleetOf({"v1.32.7+x"}, {"v1.29.1", "v1.31.0"}))) ==
        "v1.32.7+x W<1.30, v1.33.3 CP W");
  CHECK(Describe(PlanRoute(spec, FleetOf({"v1.33.3", "v1.32.7"}, {"v1.29.1"}))) ==
        "v1.32.7 W<1.30, v1.33.3 CP W");
  // Nothing can be done for them but to bring them to the end.
  CHECK(Describe(PlanRoute(spec, FleetOf({"v1.33.3"}, {"v1.28.1"}))) == "v1.33.3 CP W");
  CHECK(Describe(PlanRoute(spec, FleetOf({}, {"v1.28.1"}))) == "v1.33.3 CP W");
}

TEST_CASE("a stop on the way that is reached is none, one inside a minor is", "[planner]") {
  const auto spec = To("v1.36.3", {"v1.34.6", "v1.35.4"});
  CHECK(Describe(PlanRoute(spec, FleetOf({"v1.34.4"}, {"v1.34.4"}))) ==
        "v1.34.6 CP, v1.35.4 CP, v1.36.3 CP W");
  CHECK(Describe(PlanRoute(spec, FleetOf({"v1.34.6", "v1.34.8"}, {"v1.34.4"}))) ==
        "v1.35.4 CP, v1.36.3 CP W");
  CHECK(Describe(PlanRoute(spec, FleetOf({"v1.35.9"}, {"v1.34.4"}))) == "v1.36.3 CP W");
}

TEST_CASE("a minor that is missing in the path is named", "[planner]") {
  const Route route = PlanRoute(To("v1.36.3"), FleetOf({"v1.34.4"}, {"v1.34.4"}));
  CHECK(route.problem ==
        "the control plane may not skip a minor version from v1.34.4 to v1.36.3: add a release of "
        "v1.35 to spec.path");
  CHECK(route.OnItsEnd());
  // Skipped nodes do not go the way.
  Fleet fleet = FleetOf({"v1.35.4"}, {"v1.35.4"});
  ++fleet[{"v1.31.0", true, true, true}];
  ++fleet[{"v1.31.0", false, false, true}];
  CHECK(Describe(PlanRoute(To("v1.36.3"), fleet)) == "v1.36.3 CP W");
}

TEST_CASE("in a hop are those that it is for", "[planner]") {
  const Route route = PlanRoute(ToMinor(29, 33), FleetOf({Minor(31)}, {Minor(29), Minor(31)}));
  REQUIRE(Describe(route) == "v1.32.3 CP W<1.30, v1.33.3 CP W");
  CHECK(route.Takes(true, Version{1, 31, 3}));
  CHECK_FALSE(route.Takes(true, Version{1, 32, 3}));
  CHECK(route.Takes(false, Version{1, 29, 3}));
  CHECK_FALSE(route.Takes(false, Version{1, 31, 3}));
  CHECK_FALSE(route.Takes(false, std::nullopt));
  CHECK(PlanRoute(To("v1.36.3"), {}).Takes(false, std::nullopt));
}

TEST_CASE("where the components of the control plane are seen, the way begins with them",
          "[planner]") {
  const auto with = [](const std::string& kubelet, const std::string& components) {
    Fleet fleet = FleetOf({}, {"v1.34.4"});
    ++fleet[{kubelet, true, true, false, components}];
    return fleet;
  };
  const auto spec = To("v1.36.3", {"v1.35.4"});
  CHECK(Describe(PlanRoute(spec, with("v1.34.4", "v1.34.4"))) == "v1.35.4 CP, v1.36.3 CP W");
  // The kubelet beside them goes through every stop, too.
  CHECK(Describe(PlanRoute(spec, with("v1.34.4", "v1.35.4"))) == "v1.35.4 CP, v1.36.3 CP W");
  CHECK(Describe(PlanRoute(spec, with("v1.35.4", "v1.35.4"))) == "v1.36.3 CP W");
  CHECK(Describe(PlanRoute(spec, with("v1.35.4", "v1.36.3"))) == "v1.36.3 CP W");
  CHECK(PlanRoute(To("v1.36.3"), with("v1.35.4", "v1.34.4")).problem);
}
