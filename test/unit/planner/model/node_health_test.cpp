#include "planner/model/node_health.hpp"

#include <catch2/catch.hpp>

#include "unit/planner/snapshot.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

Asked<std::string> Why(const Scene& scene) {
  const Snapshot seen(scene);
  return WhyNotReady(seen.planning(), *seen.planning().FindNode("w"));
}

}  // namespace

TEST_CASE("a node that has not been Ready for a minute says since when, and what to do",
          "[planner]") {
  Scene scene;
  scene.Add(Worker("w"));
  CHECK(Why(scene).answer.empty());
  scene.node("w").ready = false;
  CHECK(Why(scene).answer.empty());
  CHECK(Why(scene).add.wake_at.has_value());
  scene.Pass(60);
  CHECK(Why(scene).answer ==
        "the node has not been Ready since " + base::FormatTime(kStart) +
            ": check its machine and its kubelet; if it came back under another name or is gone, "
            "delete this Node");
}

TEST_CASE("a machine that is back under another name is named", "[planner]") {
  Scene scene;
  api::Node before = Worker("w").NotReady();
  api::Node after = Worker("w-new");
  before.system_uuid = after.system_uuid = "4c4c4544";
  scene.Add(before).Add(after);
  scene.Pass(60);
  CHECK(Why(scene).answer.find("its machine seems to be back as node w-new") != std::string::npos);
  scene.node("w-new").system_uuid.clear();
  CHECK(Why(scene).answer.find("w-new") == std::string::npos);
}
