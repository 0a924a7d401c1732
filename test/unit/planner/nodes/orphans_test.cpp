#include "planner/nodes/orphans.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/planner/instant_cluster.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("Jobs of an object that is gone expire once they have ended", "[planner]") {
  Scene scene;
  api::Job job;
  job.meta.ns = kJobNamespace;
  job.meta.name = "cu-w-1";
  job.meta.uid = "job-uid";
  job.meta.annotations[std::string(api::kJobUpgradeUid)] = "gone-uid";
  job.failed = true;
  const auto actions = [&] {
    scene.jobs = {{job.meta.Key(), job}};
    return Describe(ExpireOrphanedJobs(scene.upgrades, scene.jobs));
  };
  CHECK(actions() == Lines{"ExpireJob w"});
  SECTION("not while it runs") {
    job.failed = false;
  }
  SECTION("not twice") {
    job.ttl_seconds = 3600;
  }
  SECTION("not those of an object that is there: its verdict comes first") {
    job.meta.annotations[std::string(api::kJobUpgradeUid)] = "upgrade-uid";
  }
  CHECK(actions().empty());
}

TEST_CASE("marks of an object that is gone are released, others not", "[planner]") {
  Scene scene;
  const auto orphan = [](const std::string& name) {
    return Worker(name).Cordoned().Annotation(api::kCordonedBy, "production/older-uid");
  };
  scene.Add(Worker("mine").CordonedByUs()).Add(Worker("users").Cordoned());
  InstantCluster cluster(scene);
  const auto actions = [&] {
    std::vector<const api::Node*> marked;
    for (const auto& [name, node] : scene.nodes) {
      if (IsMarked(node)) {
        marked.push_back(&node);
      }
    }
    return ReleaseOrphans(scene.upgrades, marked, scene.jobs, scene.results);
  };
  const auto orphans = [&] { return Describe(actions()); };
  CHECK(orphans().empty());

  SECTION("the cordon alone") {
    scene.Add(orphan("gone"));
    CHECK(orphans() == Lines{"Release gone"});
    cluster.Apply(actions());
    CHECK(orphans().empty());
  }
  SECTION("the node hints first") {
    scene.Add(orphan("gone").Annotation(api::kDoNotDisrupt, "true"));
    CHECK(orphans() == Lines{"ClearHints gone"});
    cluster.Apply(actions());
    CHECK(orphans() == Lines{"Release gone"});
  }
  SECTION("a right that is missing for a moment leaves no marks behind") {
    scene.Add(orphan("gone").Annotation(api::kDoNotDisrupt, "true"));
    ActionResult& answer = scene.results[KeyOf(actions().front())];
    answer.outcome = Outcome::kForbidden;
    answer.attempts = 2;
    CHECK(orphans() == Lines{"ClearHints gone"});
    answer.attempts = 3;
    CHECK(orphans() == Lines{"ClearHints gone", "Release gone"});
  }
  SECTION("a user's own value stays") {
    scene.Add(orphan("gone").Label(api::kExcludeFromLoadBalancers));
    scene.results[KeyOf(actions().front())].outcome = Outcome::kAccepted;
    CHECK(orphans() == Lines{"ClearHints gone", "Release gone"});
  }
  SECTION("the cordon stays where a person wants it kept") {
    scene.Add(orphan("gone").Annotation(api::kKeepCordoned, "true"));
    CHECK(orphans() == Lines{"KeepCordon gone"});
    cluster.Apply(actions());
    CHECK(scene.node("gone").unschedulable);
    CHECK(orphans().empty());
  }
  SECTION("not beside a Job that may still change the node") {
    scene.Add(orphan("gone"));
    CreateJob create;
    create.job.name = "cu-gone";
    create.job.node = "gone";
    cluster.CarryOut(create);
    CHECK(orphans().empty());
    cluster.FailJob("cu-gone");
    CHECK(orphans() == Lines{"Release gone"});
  }
}
