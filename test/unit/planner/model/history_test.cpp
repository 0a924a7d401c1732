#include "planner/model/history.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/workers.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

constexpr const char* kNewer = "v1.36.4";

/// An upgraded control-plane node, and the workers.
Scene With(const std::vector<api::Node>& workers) {
  Scene scene;
  scene.Add(ControlPlaneNode("m").At(kNew));
  for (const api::Node& node : workers) {
    scene.Add(node);
  }
  return scene;
}

/// "v1.36.3 Completed 0-60, …", newest first, in seconds since kStart.
std::string History(const Scene& scene) {
  const auto text = [](const std::optional<base::WallTime>& time) {
    return time ? std::to_string((*time - kStart) / std::chrono::seconds(1)) : std::string();
  };
  std::string lines;
  for (const api::HistoryEntry& entry : scene.upgrades.at(scene.subject).status.history) {
    lines += (lines.empty() ? "" : ", ") + entry.version + " " + NameOf(entry.result) + " " +
             text(entry.start_time) + "-" + text(entry.completion_time);
  }
  return lines;
}

api::HistoryEntry RunTo(const std::string& version, base::WallTime start) {
  api::HistoryEntry run;
  run.version = version;
  run.start_time = start;
  return run;
}

void Retarget(Scene& scene, const std::string& version) {
  scene.spec().version = version;
  scene.Edit();
}

void BringAllTo(Scene& scene, const std::string& version) {
  for (auto& [name, node] : scene.nodes) {
    node.kubelet_version = version;
  }
}

/// As far as it goes within a minute, with somebody who brings drained nodes to their version.
void RunAMinute(Scene& scene) {
  InstantCluster cluster(scene);
  for (int i = 0; i < 4; ++i) {
    cluster.Run();
    for (auto& [name, node] : scene.nodes) {
      const auto wanted = node.meta.annotations.find(api::kDesiredVersion);
      if (wanted != node.meta.annotations.end()) {
        node.kubelet_version = wanted->second;
      }
    }
    scene.Pass(15);
  }
  cluster.Run();
}

}  // namespace

TEST_CASE("the outages of a run are in its entry, those of another one not", "[planner]") {
  api::ClusterUpgradeStatus status;
  const auto sum = [&](base::WallTime run, int seconds) {
    NoteOutages({seconds, run, seconds}, status);
    return status.history.empty() ? -1 : status.history.front().api_outage_seconds;
  };
  CHECK(sum(kStart, 3) == -1);
  status.history = {RunTo(kNew, kStart)};
  CHECK(sum(kStart, 8) == 8);
  CHECK(sum(kStart, 3) == 8);  // of a replica that has seen less
  CHECK(sum(After(60), 20) == 8);
  status.history.front().completion_time = After(60);
  CHECK(sum(kStart, 30) == 8);
  CHECK(status.control_plane_gap_seconds == 30);
}

TEST_CASE("a run has an entry from its first node to Ready", "[planner]") {
  Scene scene = With({Worker("w")});
  scene.Pass(10);
  scene.Settle();
  CHECK(History(scene) == "v1.36.3  10-");
  CHECK(scene.status().start_time == After(10));
  RunAMinute(scene);
  REQUIRE(scene.Conditions() == "T F F Upgraded");
  CHECK(History(scene).find("v1.36.3 Completed 10-") == 0);
  CHECK(scene.status().start_time == scene.status().history[0].start_time);
  CHECK(scene.status().completion_time == scene.status().history[0].completion_time);
}

TEST_CASE("a cluster that is at the target from the beginning has an entry", "[planner]") {
  Scene scene = With({Worker("w").At(kNew)});
  scene.Settle();
  CHECK(History(scene) == "v1.36.3 Completed 0-0");
  CHECK(scene.status().completion_time == kStart);

  SECTION("once") {
    scene.Pass(60);
    CHECK(scene.Look().status == scene.status());
  }
  SECTION("so that a node that joins behind is told as one") {
    scene.Add(Worker("new"));
    scene.Pass(60);
    scene.Settle();
    CHECK(scene.Conditions() == "F T F NodeBehind");
    CHECK(History(scene) == "v1.36.3  60-, v1.36.3 Completed 0-0");
  }
  SECTION("as has the next version, when somebody else brings all nodes there") {
    BringAllTo(scene, kNewer);
    scene.Pass(60);
    Retarget(scene, kNewer);
    scene.Settle();
    CHECK(History(scene) == "v1.36.4 Completed 60-60, v1.36.3 Completed 0-0");
    CHECK(scene.status().start_time == After(60));
    CHECK(scene.status().completion_time == After(60));
  }
  SECTION("and a target that was never begun leaves no trace") {
    Retarget(scene, "v1.38.0");
    scene.Settle();
    Retarget(scene, kNew);
    scene.Settle();
    CHECK(scene.Conditions() == "T F F Upgraded");
    CHECK(History(scene) == "v1.36.3 Completed 0-0");
  }
}

TEST_CASE("a node that adopts another version on its way ends the run to the old one",
          "[planner]") {
  Scene scene = With({Worker("w")});
  scene.Add("w", PodBuilder("web").Label("app", "web")).Add(BudgetFor("web", 0));
  InstantCluster(scene).RunTo("w", "Draining");
  scene.Pass(60);
  Retarget(scene, kNewer);
  scene.node("m").kubelet_version = kNewer;
  scene.Settle();
  REQUIRE(scene.Entry("w")->version == kNewer);
  CHECK(History(scene) == "v1.36.3 Superseded 0-60");
  CHECK(scene.status().start_time == After(60));

  scene.pods["w"].clear();
  RunAMinute(scene);
  REQUIRE(scene.Conditions() == "T F F Upgraded");
  CHECK(History(scene).find("v1.36.4 Completed 60-") == 0);
  CHECK(History(scene).find(", v1.36.3 Superseded 0-60") != std::string::npos);
  CHECK(scene.status().start_time == After(60));
}

TEST_CASE("a version that was set back was not reached", "[planner]") {
  Scene scene = With({Worker("w").At(kNew)});
  scene.Settle();
  scene.Pass(60);
  scene.node("m").kubelet_version = kNewer;
  Retarget(scene, kNewer);
  scene.Settle();
  REQUIRE(History(scene) == "v1.36.4  60-, v1.36.3 Completed 0-0");
  scene.node("m").kubelet_version = kNew;
  scene.Pass(60);
  Retarget(scene, kNew);
  InstantCluster(scene).Run();
  REQUIRE(scene.Conditions() == "T F F Upgraded");
  CHECK(History(scene) ==
        "v1.36.3 Completed 120-120, v1.36.4 Superseded 60-120, v1.36.3 Completed 0-0");
}

TEST_CASE("a run that is begun again after another target repeats nothing", "[planner]") {
  Scene scene = With({Worker("w")});
  scene.Settle();
  Retarget(scene, kNewer);
  scene.Settle();
  Retarget(scene, kNew);
  scene.Settle();
  CHECK(scene.Conditions() == "F T F UpgradingNodes");
}

TEST_CASE("the newest five runs are kept", "[planner]") {
  Scene scene = With({});
  for (int patch = 0; patch < 9; ++patch) {
    const std::string version = "v1.36." + std::to_string(patch);
    BringAllTo(scene, version);
    Retarget(scene, version);
    scene.Settle();
  }
  CHECK(scene.status().history.size() == 5);
  CHECK(scene.status().history.front().version == "v1.36.8");
}

TEST_CASE("history: one entry per upgrade, the newest first, five in all", "[planner]") {
  Scene scene = Workers(1);
  scene.Settle();
  REQUIRE(scene.status().history.size() == 1);
  CHECK(scene.status().start_time == kStart);

  SECTION("an edit in between supersedes") {
    scene.Add(Worker("worker-1").Uid("new").Created(kStart + std::chrono::hours(1)));
    scene.spec().version = "v1.36.4";
    scene.Edit();
    scene.Add(ControlPlaneNode("master").At("v1.36.4"));
    scene.Pass(60);
    scene.Settle();
    REQUIRE(scene.status().history.size() == 2);
    CHECK(scene.status().history[0].version == "v1.36.4");
    CHECK(scene.status().history[1].result == api::RunResult::kSuperseded);
  }
  SECTION("the end completes it; a node that joins later begins another") {
    scene.status().in_progress.clear();
    scene.Add(Worker("worker-1").At(kNew));
    scene.Pass(60);
    scene.Settle();
    CHECK(scene.Conditions() == "T F F Upgraded");
    CHECK(scene.status().history[0].result == api::RunResult::kCompleted);
    CHECK(scene.status().completion_time == After(60));

    scene.Add(Worker("worker-2"));
    scene.Settle();
    CHECK(scene.Conditions() == "F T F NodeBehind");
    CHECK(scene.status().history.size() == 2);
    CHECK_FALSE(scene.status().completion_time);
  }
}
