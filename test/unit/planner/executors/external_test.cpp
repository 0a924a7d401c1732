#include "planner/executors/external.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/job_scene.hpp"
#include "unit/planner/snapshot.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("External: the clock starts with the announcement and stands while paused", "[planner]") {
  Scene scene = Upgrading(UpgradeBuilder());
  const Action announce = scene.Settle().actions.at(0);
  scene.Answer(announce, Outcome::kForbidden, "no");
  scene.Pass(1800);
  scene.Settle();
  CHECK(scene.StepOf("w") == "Upgrading");
  CHECK(scene.Entry("w")->message ==
        "cannot set the annotation clusterupgrade.io/desired-version yet: no");
  InstantCluster(scene).Run();
  CHECK(scene.Entry("w")->announced == After(1800));
  scene.Pass(1799);
  scene.spec().paused = true;
  scene.Settle();
  scene.Pass(1);
  scene.Settle();
  CHECK(scene.StepOf("w") == "Upgrading");
  scene.spec().paused = false;
  scene.Settle();
  scene.Pass(1799);
  scene.Settle();
  CHECK(scene.StepOf("w") == "Upgrading");
  scene.Pass(1);
  scene.Settle();
  CHECK(scene.ReasonOfFailure() == "NotUpgradedInTime");
}

TEST_CASE("External: the version is announced and somebody else is waited for", "[planner]") {
  Scene scene = Upgrading(UpgradeBuilder());
  CHECK(scene.Actions() == Lines{"Announce w v1.36.3"});
  InstantCluster(scene).Run();
  CHECK(scene.Actions().empty());
  CHECK(scene.Entry("w")->message ==
        "waiting for an external tool to upgrade this node to v1.36.3 (executor External)");
  CHECK(scene.Entry("w")->job_name.empty());

  SECTION("the version appears") {
    scene.node("w").kubelet_version = kNew;
    scene.Settle();
    CHECK(scene.StepOf("w") == "Verifying");
  }
  SECTION("it does not in time: the node stays cordoned") {
    scene.Pass(1800);
    InstantCluster(scene).Run();
    CHECK(scene.ReasonOfFailure() == "NotUpgradedInTime");
    CHECK(scene.node("w").unschedulable);
    CHECK(scene.InWork().empty());
  }
  SECTION("a deletion gives it back") {
    scene.upgrade().meta.deleted = scene.now.wall;
    InstantCluster(scene).Run();
    CHECK_FALSE(scene.node("w").unschedulable);
    CHECK(scene.node("w").meta.annotations.empty());
  }
  SECTION("the label exclude no longer stops it") {
    scene.node("w").meta.labels[std::string(api::kExclude)] = "true";
    scene.Settle();
    CHECK(scene.StepOf("w") == "Upgrading");
  }
}

TEST_CASE("External: a node that was not announced yet can be given back", "[planner]") {
  Scene scene = Upgrading(UpgradeBuilder());
  SECTION("by the label exclude") {
    scene.node("w").meta.labels[std::string(api::kExclude)] = "true";
  }
  SECTION("by a user's uncordon") {
    scene.node("w").unschedulable = false;
  }
  SECTION("by an impossible target") {
    scene.spec().version = "v1.99.0";
    scene.Edit();
  }
  scene.Settle();
  CHECK(scene.StepOf("w") == "Uncordoning");
}

TEST_CASE("External: each look has one verdict", "[planner]") {
  using Kind = AttemptVerdict::Kind;
  Scene scene = Upgrading(UpgradeBuilder());
  const std::string announced(api::kDesiredVersion);
  const auto look = [&] {
    const Snapshot seen(scene);
    NodeWork work = seen.WorkOn("w");
    return ExternalExecutor::Look(work);
  };
  CHECK((look().kind == Kind::kAtWork));
  SECTION("done at the version, whoever brought it there") {
    scene.node("w").kubelet_version = kNew;
    CHECK((look().kind == Kind::kDone));
  }
  SECTION("given back before it is announced") {
    SECTION("newer already") {
      scene.node("w").kubelet_version = "v1.36.9";
      CHECK(look().why == "it is already at v1.36.9");
    }
    SECTION("left alone") {
      scene.node("w").meta.labels[std::string(api::kExclude)] = "true";
      CHECK(look().why == "label clusterupgrade.io/exclude=true");
    }
    SECTION("halted") {
      scene.spec().version = "v1.99.0";
      CHECK(look().why == "SkewViolated");
    }
    CHECK((look().kind == Kind::kGiveBack));
  }
  SECTION("uncordoned before it is announced") {
    scene.node("w").unschedulable = false;
    CHECK((look().kind == Kind::kUncordoned));
    scene.node("w").meta.annotations[announced] = kNew;
    CHECK((look().kind == Kind::kAtWork));
  }
  SECTION("given back after it was announced, under deletion alone") {
    scene.node("w").meta.annotations[announced] = kNew;
    scene.spec().version = "v1.99.0";
    CHECK((look().kind == Kind::kAtWork));
    scene.upgrade().meta.deleted = scene.now.wall;
    CHECK((look().kind == Kind::kGiveBack));
  }
  SECTION("failed when nobody does it in time") {
    scene.node("w").meta.annotations[announced] = kNew;
    scene.Entry("w")->announced = After(-1799);
    CHECK((look().kind == Kind::kAtWork));
    scene.Entry("w")->announced = After(-1800);
    CHECK((look().kind == Kind::kNodeFailed));
    CHECK(look().cause.reason == api::FailureReason::kNotUpgradedInTime);
    CHECK(look().cause.node_changed);
  }
}

TEST_CASE("External: nothing is announced without our finalizer, nor under a pause", "[planner]") {
  Scene scene = Upgrading(UpgradeBuilder());
  const auto wanted = [&] {
    const Snapshot seen(scene);
    NodeWork work = seen.WorkOn("w");
    ExternalExecutor::Look(work);
    return Describe(work.add.actions);
  };
  CHECK(wanted() == Lines{"Announce w v1.36.3"});
  scene.spec().paused = true;
  CHECK(wanted().empty());
  scene.spec().paused = false;
  scene.upgrade().meta.finalizers.clear();
  CHECK(wanted().empty());
}

TEST_CASE("External: no Job is named, and none is judged before the start", "[planner]") {
  const Scene scene = Upgrading(UpgradeBuilder());
  const Snapshot seen(scene);
  const api::NodeInWork entry = EntryFor("w", api::NodeStep::kUpgrading);
  CHECK(ExternalExecutor::NameJob(seen.planning(), entry).empty());
  CHECK(ExternalExecutor::Rehearse(seen.planning(), entry).empty());
}
