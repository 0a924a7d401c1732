#include "planner/pods/pod_judge.hpp"

#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/planner/scene.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

const std::set<std::string> kNoneDeleted;

Scene OneNode() {
  Scene scene;
  scene.Add(Worker("w"));
  return scene;
}

PodPlan Judge(const Scene& scene, const api::Pod& pod) {
  return PodJudge(scene.MakeWorld(), kNoneDeleted).Judge(pod);
}

/// Keys of the pods of node "w" that have still to go.
std::vector<std::string> Leaving(const Scene& scene) {
  const World world = scene.MakeWorld();
  const NodePods pods = PodJudge(world, kNoneDeleted).JudgeNode(scene.pods.at("w"));
  std::vector<std::string> keys;
  for (const PodPlan* plan : pods.leaving) {
    keys.push_back(plan->pod->meta.Key());
  }
  return keys;
}

}  // namespace

TEST_CASE("a pod whose labels are not all known is not evicted where labels decide", "[planner]") {
  Scene scene = OneNode();
  api::Pod pod = PodBuilder("p");
  pod.oversized = true;
  CHECK(Judge(scene, pod).refusal.empty());
  SECTION("skipPods") {
    scene.spec().drain.skip_pods = api::AnySelector{{api::LabelSelector{{{"keep", "me"}}, {}}}};
  }
  SECTION("waitForPods") {
    scene.spec().drain.wait_for_pods.emplace();
  }
  CHECK(Judge(scene, pod).refusal.find("is not known") != std::string::npos);
  pod.oversized = false;
  CHECK(Judge(scene, pod).refusal.empty());
}

// The rows of kubectl drain's filter table (kubectl pkg/drain/filters.go), by number.
TEST_CASE("pods leave or stay as kubectl drain decides", "[planner]") {
  struct Case {
    const char* what;
    api::Pod pod;
    PodDisposition disposition;
    std::size_t losses;  ///< refused with both policies at Refuse
  };
  const auto done = api::PodPhase::kSucceeded;
  const auto failed = api::PodPhase::kFailed;
  const std::vector<Case> cases = {
      {"replicated", PodBuilder("p"), PodDisposition::kEvict, 0},
      {"2 DaemonSet", PodBuilder("p").OwnedBy("DaemonSet", "d"), PodDisposition::kSkip, 0},
      {"2 DaemonSet with emptyDir",
       PodBuilder("p").OwnedBy("DaemonSet", "d").EmptyDir(),
       PodDisposition::kSkip,
       0},
      {"2 DaemonSet, finished",
       PodBuilder("p").OwnedBy("DaemonSet", "d").Phase(done),
       PodDisposition::kEvict,
       0},
      {"3 mirror", PodBuilder("p").Unmanaged().Mirror(), PodDisposition::kSkip, 0},
      {"4 emptyDir", PodBuilder("p").EmptyDir(), PodDisposition::kEvict, 1},
      {"4 emptyDir, finished", PodBuilder("p").EmptyDir().Phase(failed), PodDisposition::kEvict, 0},
      {"5 alone", PodBuilder("p").Unmanaged(), PodDisposition::kEvict, 1},
      {"5 alone, finished", PodBuilder("p").Unmanaged().Phase(done), PodDisposition::kEvict, 0},
      {"4 and 5: both warnings are kept",
       PodBuilder("p").Unmanaged().EmptyDir(),
       PodDisposition::kEvict,
       2},
      {"already leaving: nothing more is lost by us",
       PodBuilder("p").Unmanaged().EmptyDir().Terminating(After(30), 30),
       PodDisposition::kEvict,
       0},
      {"6 selected by skipPods",
       PodBuilder("p").Unmanaged().Label("keep", "me"),
       PodDisposition::kSkip,
       0},
      {"a pod of an upgrade Job",
       PodBuilder("p").In(kJobNamespace).Label(std::string(api::kJobUpgrade), "production"),
       PodDisposition::kSkip,
       0},
      {"the same label elsewhere protects nothing",
       PodBuilder("p").Label(std::string(api::kJobUpgrade), "production"),
       PodDisposition::kEvict,
       0},
  };
  for (const Case& c : cases) {
    CAPTURE(c.what);
    Scene scene = OneNode();
    scene.spec().drain.skip_pods = api::AnySelector{{api::LabelSelector{{{"keep", "me"}}, {}}}};
    CHECK((Judge(scene, c.pod).disposition == c.disposition));
    scene.Add("w", c.pod);
    CHECK(scene.LookAtAllPods().findings.size() == c.losses);
    CHECK(Judge(scene, c.pod).refusal.empty());

    scene.spec().drain.unmanaged_pods = api::UnmanagedPods::kRefuse;
    scene.spec().drain.empty_dir_pods = api::EmptyDirPods::kRefuse;
    CHECK(Judge(scene, c.pod).refusal.empty() == (c.losses == 0));
    CHECK(scene.LookAtAllPods().blocks() == (c.losses > 0));
    scene.spec().preflight_ignore = {"UnmanagedPods", "EmptyDirData=team-a/p"};
    CHECK(Judge(scene, c.pod).refusal.empty());
  }
}

TEST_CASE("our own pod leaves last, and only when another replica can take over", "[planner]") {
  Scene scene = OneNode();
  scene.self.pod = "system/me";
  scene.self.node = "w";
  scene.open.insert({WatchKind::kOwnReplicas, ""});
  scene.Add("w", PodBuilder("me").In("system")).Add("w", PodBuilder("web"));
  const auto leaving = [&] { return Leaving(scene); };

  CHECK(leaving() == Lines{"team-a/web"});
  scene.pods["w"].erase("team-a/web");
  CHECK(leaving().empty());

  scene.replicas["system/other"] = PodBuilder("other").In("system").On("w");
  CHECK(leaving().empty());  // on the same node
  scene.replicas["system/other"] = PodBuilder("other").In("system").On("v").NotReady();
  CHECK(leaving().empty());
  scene.replicas["system/other"] = PodBuilder("other").In("system").On("v");
  CHECK(leaving() == Lines{"system/me"});
  scene.open.clear();  // nobody knows of the others
  CHECK(leaving().empty());
  scene.open.insert({WatchKind::kOwnReplicas, ""});

  scene.Add("w", PodBuilder("web"));
  CHECK(leaving() == Lines{"team-a/web"});
}

TEST_CASE("a pod is judged with the budgets that select it, one that has ended without",
          "[planner]") {
  Scene scene = OneNode();
  scene.Add(BudgetFor("web", 1)).Add(BudgetFor("api", 1));
  const api::Pod web = PodBuilder("web").Label("app", "web");
  const PodPlan plan = Judge(scene, web);
  REQUIRE(plan.budgets.size() == 1);
  CHECK(plan.budgets[0]->meta.name == "web");
  CHECK(plan.moves());
  const api::Pod ended = PodBuilder("web").Label("app", "web").Phase(api::PodPhase::kFailed);
  CHECK(Judge(scene, ended).budgets.empty());
  CHECK_FALSE(Judge(scene, ended).moves());
}

TEST_CASE("pods of a node are judged once its list is known to be whole", "[planner]") {
  Scene scene = OneNode();
  scene.Add("w", PodBuilder("web"));
  scene.open.insert({WatchKind::kPodsOnNode, "w"});
  World world = scene.MakeWorld();
  CHECK(PodJudge(world, kNoneDeleted).JudgeAll().at("w").plans.size() == 1);
  world.pods["w"].current = false;
  CHECK(PodJudge(world, kNoneDeleted).JudgeAll().empty());
}

TEST_CASE("a pod that has ended and waits for its finalizers has left", "[planner]") {
  Scene scene = OneNode();
  scene.Add("w", PodBuilder("web").Terminating(After(5), 5))
      .Add("w",
           PodBuilder("done")
               .Phase(api::PodPhase::kSucceeded)
               .Finalizer("example.com/tracking")
               .Terminating(After(5), 5))
      .Add("w", PodBuilder("failed").Phase(api::PodPhase::kFailed));
  CHECK(Leaving(scene) == Lines{"team-a/failed", "team-a/web"});
}

TEST_CASE("a pod that came back after the cordon is left alone", "[planner]") {
  Scene scene = OneNode();
  const api::Pod back = PodBuilder("back").On("w").Created(After(5)).ToleratesCordon();
  CHECK(Judge(scene, back).disposition == PodDisposition::kEvict);
  scene.status().in_progress = {EntryFor("w", api::NodeStep::kDraining)};
  scene.status().in_progress[0].newest_pod = After(0);
  CHECK(Judge(scene, back).disposition == PodDisposition::kSkip);
  CHECK(Judge(scene, back).comeback == Comeback::kStays);
  const api::Pod by_name = PodBuilder("back").On("w").Created(After(5));
  CHECK(Judge(scene, by_name).comeback == Comeback::kOnceMore);
}
