#include "planner/pods/workload_counts.hpp"

#include <catch2/catch.hpp>

#include "planner/pods/pod_judge.hpp"
#include "unit/planner/scene.hpp"

namespace cu::planner {
namespace {

const api::Workload kWeb{"team-a", "StatefulSet", "web"};

api::Pod Web(int ordinal, const std::string& node) {
  return PodBuilder("web-" + std::to_string(ordinal)).On(node).OwnedBy("StatefulSet", "web");
}

/// Plans on a scene with every watch of it open.
struct Counted {
  explicit Counted(Scene& scene) : world_(Opened(scene)), planning_(world_, scene.status(), {}) {
    planning_.SetPods(PodJudge(world_, none_).JudgeAll());
  }
  const Planning& planning() const { return planning_; }
  WorkloadCount Of(const api::Workload& workload) const {
    return CountWorkloads(planning_, {workload}).at(workload);
  }

 private:
  static World Opened(Scene& scene) {
    scene.WatchAllPods();
    scene.open.insert({WatchKind::kWorkloadPods, "team-a"});
    return scene.MakeWorld();
  }
  std::set<std::string> none_;
  World world_;
  Planning planning_;
};

TEST_CASE("pods count by node while they are Ready", "[planner]") {
  Scene scene;
  scene.Add(NodeBuilder("w-1")).Add(NodeBuilder("w-2"));
  api::Pod starting = Web(2, "w-2");
  starting.ready = false;
  api::Pod leaving = Web(3, "w-2");
  leaving.meta.deleted = After(30);
  scene.Add("w-1", Web(0, "w-1")).Add("w-2", Web(1, "w-2")).Add("w-2", starting);
  scene.Add("w-2", leaving);
  const WorkloadCount count = Counted(scene).Of(kWeb);
  CHECK(count.ready == 2);
  CHECK(count.ready_on == std::map<std::string, int>{{"w-1", 1}, {"w-2", 1}});
  CHECK(count.terminating == 1);
  CHECK(count.alive.size() == 3);
}

TEST_CASE("a pod that the list of its node in work no longer has does not count", "[planner]") {
  Scene scene;
  scene.Add(NodeBuilder("w-1"));
  scene.Add("w-1", Web(0, "w-1"));
  api::NodeInWork entry;
  entry.name = "w-1";
  entry.uid = "w-1-uid";
  scene.status().in_progress.push_back(entry);
  CHECK(Counted(scene).Of(kWeb).ready == 1);
  scene.WatchAllPods();
  scene.open.insert({WatchKind::kWorkloadPods, "team-a"});
  World world = scene.MakeWorld();
  const api::ObjectMap<api::Pod> empty;
  world.pods["w-1"] = {&empty, true};
  Planning planning(world, scene.status(), {});
  const std::set<std::string> none;
  planning.SetPods(PodJudge(world, none).JudgeAll());
  CHECK(CountWorkloads(planning, {kWeb}).at(kWeb).ready == 0);
}

TEST_CASE("only workloads whose pods a drain moves are waited for", "[planner]") {
  Scene scene;
  scene.Add(NodeBuilder("w-1"));
  api::Pod once = PodBuilder("sum").On("w-1").OwnedBy("Job", "sum");
  once.lasting = false;
  scene.Add("w-1", Web(0, "w-1")).Add("w-1", once);
  scene.Add("w-1", PodBuilder("net").On("w-1").OwnedBy("DaemonSet", "net"));
  scene.Add("w-1", PodBuilder("bare").On("w-1").Unmanaged());
  const Counted counted(scene);
  CHECK(WorkloadsOn(*counted.planning().PodsOf("w-1")) == std::set<api::Workload>{kWeb});
}

TEST_CASE("the namespaces of workloads are watched until they are known", "[planner]") {
  Scene scene;
  scene.Add(NodeBuilder("w-1"));
  const Counted counted(scene);
  Contribution add;
  CHECK_FALSE(WatchWorkloads(counted.planning(), {kWeb}, add));
  const api::Workload other{"team-b", "StatefulSet", "db"};
  CHECK(WatchWorkloads(counted.planning(), {kWeb, other}, add) == "team-b");
  CHECK(add.watches == std::set<WantedWatch>{{WatchKind::kWorkloadPods, "team-a"},
                                             {WatchKind::kWorkloadPods, "team-b"}});
  CHECK(CountWorkloads(counted.planning(), {other}).empty());
}

}  // namespace
}  // namespace cu::planner
