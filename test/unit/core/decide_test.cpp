#include "core/decide.hpp"

#include <ostream>
#include <vector>

#include <catch2/catch.hpp>

namespace cu::core {

// Catch prints what a comparison saw; enumerators print as their numbers.
std::ostream& operator<<(std::ostream& out, const Decision& decision) {
  return out << "next " << static_cast<int>(decision.next) << " report " << decision.report;
}

namespace {

using Next = Decision::Next;
using api::ClusterUpgradeStatus;

ClusterUpgradeStatus Durable() {
  ClusterUpgradeStatus status;
  status.observed_generation = 4;
  status.epoch = 3;
  status.spec_hash = "hash";
  status.last_handled_retry = "1";
  status.progress = "1/3";
  status.in_progress.resize(1);
  status.in_progress[0].name = "n1";
  status.in_progress[0].step = api::NodeStep::kDraining;
  return status;
}

template <class Change>
ClusterUpgradeStatus Changed(Change change) {
  ClusterUpgradeStatus status = Durable();
  change(status);
  return status;
}

/// Statuses whose intent is another than the durable one's, each by one thing.
std::vector<ClusterUpgradeStatus> OtherIntents() {
  using S = ClusterUpgradeStatus;
  return {Changed([](S& status) { status.observed_generation = 5; }),
          Changed([](S& status) { status.epoch = 4; }),
          Changed([](S& status) { status.spec_hash = "another"; }),
          Changed([](S& status) { status.last_handled_retry = "2"; }),
          Changed([](S& status) { status.in_progress.clear(); }),
          Changed([](S& status) { status.in_progress[0].step = api::NodeStep::kUpgrading; }),
          Changed([](S& status) { status.in_progress[0].job_name = "cu-n1"; }),
          Changed([](S& status) { status.failures.resize(1); }),
          Changed([](S& status) { status.postponed.resize(1); }),
          Changed([](S& status) { status.saved_pods = 1; })};
}

/// Statuses that differ in what they report alone.
std::vector<ClusterUpgradeStatus> OtherReports() {
  using S = ClusterUpgradeStatus;
  return {Changed([](S& status) { status.progress = "2/3"; }),
          Changed([](S& status) { status.conditions.resize(1); }),
          Changed([](S& status) { status.nodes.pending = 2; }),
          Changed([](S& status) { status.in_progress[0].message = "waits"; }),
          Changed([](S& status) { status.in_progress[0].evicted = 1; }),
          Changed([](S& status) { status.warnings.resize(1); })};
}

/// A plan of this status that wants a node cordoned.
planner::Plan PlanOf(const ClusterUpgradeStatus& status) {
  planner::Plan plan;
  plan.status = status;
  plan.actions = {planner::CordonNode{"n1", "uid-1", "production/uid", ""}};
  return plan;
}

TEST_CASE("a plan of another intent is written before anything is sent, whatever else is so",
          "[core]") {
  for (const ClusterUpgradeStatus& status : OtherIntents()) {
    for (const bool confirmed : {false, true}) {
      CHECK(Decide(PlanOf(status), Durable(), confirmed) == Decision{Next::kWriteFirst, false});
      planner::Plan idle = PlanOf(status);
      idle.actions.clear();
      CHECK(Decide(idle, Durable(), confirmed) == Decision{Next::kWriteFirst, false});
    }
  }
}

TEST_CASE("another intent goes before what is reported besides", "[core]") {
  ClusterUpgradeStatus status = OtherIntents().front();
  status.progress = "2/3";
  CHECK(Decide(PlanOf(status), Durable(), true) == Decision{Next::kWriteFirst, false});
}

TEST_CASE("a term that has not confirmed that it is alone writes before it sends", "[core]") {
  CHECK(Decide(PlanOf(Durable()), Durable(), false) == Decision{Next::kConfirmFirst, false});
}

TEST_CASE("a term that has confirmed its durable intent acts", "[core]") {
  CHECK(Decide(PlanOf(Durable()), Durable(), true) == Decision{Next::kAct, false});
}

TEST_CASE("what a plan reports alone holds nothing up and is written at leisure", "[core]") {
  for (const ClusterUpgradeStatus& status : OtherReports()) {
    CHECK(Decide(PlanOf(status), Durable(), true) == Decision{Next::kAct, true});
    CHECK(Decide(PlanOf(status), Durable(), false) == Decision{Next::kConfirmFirst, true});
  }
}

TEST_CASE("nothing but the status and the confirmation decides", "[core]") {
  planner::Plan plan;
  plan.status = Durable();
  plan.watches = {{planner::WatchKind::kSurvey, ""}};
  plan.wake_at = base::SteadyTime{};
  plan.refusals.resize(1);
  CHECK(Decide(plan, Durable(), true) == Decision{Next::kAct, false});
  CHECK(Decide(plan, Durable(), false) == Decision{Next::kConfirmFirst, false});
}

TEST_CASE("the first status of an object is written first", "[core]") {
  CHECK(Decide(PlanOf(Durable()), {}, true).next == Next::kWriteFirst);
}

}  // namespace
}  // namespace cu::core
