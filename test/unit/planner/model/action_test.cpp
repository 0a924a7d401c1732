#include "planner/model/action.hpp"

#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/planner/describe.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

std::string KeyText(const Action& action) {
  const ActionKey key = KeyOf(action);
  return NameOf(key.kind) + " " + NameOf(key.object) + " " + key.uid;
}

api::JobRequest JobNamed(const std::string& name) {
  api::JobRequest job;
  job.name = name;
  return job;
}

}  // namespace

TEST_CASE("an action is known by its kind, its object and the object's UID", "[planner]") {
  CHECK(KeyText(CordonNode{"w", "u", "mark", ""}) == "Cordon node/w u");
  CHECK(KeyText(CordonNode{"w", "u", "mark", "v1"}) == "Announce node/w u");
  CHECK(KeyText(CordonNode{"w", "u", "", ""}) == "KeepCordon node/w u");
  CHECK(KeyText(ReleaseNode{"w", "u", "7"}) == "Release node/w u");
  CHECK(KeyText(SetNodeHints{"w", "u", false, false, true}) == "SetHints node/w u");
  CHECK(KeyText(SetNodeHints{"w", "u", false, true, false}) == "SetHints node/w u");
  CHECK(KeyText(SetNodeHints{"w", "u", true, false, false}) == "SetHints node/w u");
  CHECK(KeyText(SetNodeHints{"w", "u"}) == "ClearHints node/w u");
  CHECK(KeyText(EvictPod{"a", "p", "u", {}, {}}) == "Evict pod/a/p u");
  CHECK(KeyText(DeletePod{"a", "p", "u"}) == "DeletePod pod/a/p u");
  CHECK(KeyText(RecreatePod{"a", "p", "u", "{}", "d"}) == "RecreatePod pod/a/p u");
  CHECK(KeyText(DeletePodTemplate{"a", "t", "u"}) == "DeletePodTemplate podtemplate/a/t u");
  api::PodToSave pod;
  pod.ns = "a";
  pod.name = "t";
  pod.pod_uid = "u";
  CHECK(KeyText(SavePodTemplate{pod}) == "SavePodTemplate podtemplate/a/t u");
  CHECK(KeyText(CheckAccess{"list", "pods"}) == "CheckAccess access/list pods ");
  CHECK(KeyText(CreateJob{JobNamed("j")}) == "CreateJob job/j ");
  CHECK(KeyText(CreateJob{JobNamed("j"), true}) == "DryRunJob job/j ");
  CHECK(KeyText(RehearsePod{JobNamed("j"), "uid"}) == "DryRunPod pod/j uid");
  CHECK(KeyText(CordonNode{"n", "uid", "mark", "", true}) == "DryRunCordon node/n uid");
  CHECK(KeyText(DeleteJob{"j", "u"}) == "DeleteJob job/j u");
  CHECK(KeyText(ExpireJob{"j", "u"}) == "ExpireJob job/j u");
  CHECK(KeyText(SetFinalizer{"up", "u", {}}) == "SetFinalizer upgrade/up u");
}

TEST_CASE("an answer is found by its action, whatever else the action carries", "[planner]") {
  ActionResults results;
  results[KeyOf(ReleaseNode{"w", "u", "1"})].message = "hello";
  REQUIRE(ResultOf(results, ReleaseNode{"w", "u", "2"}) != nullptr);
  CHECK(ResultOf(results, ReleaseNode{"w", "u", "2"})->message == "hello");
  CHECK(ResultOf(results, ReleaseNode{"w", "another", "1"}) == nullptr);
  CHECK(ResultOf(results, CordonNode{"w", "u", "mark", ""}) == nullptr);
}

TEST_CASE("a refusal is what the server will not have until something else changes", "[planner]") {
  const std::set<Outcome> refusals = {Outcome::kForbidden,
                                      Outcome::kDenied,
                                      Outcome::kInvalid,
                                      Outcome::kTerminating,
                                      Outcome::kUnjudged};
  for (const Outcome outcome : {Outcome::kAccepted,
                                Outcome::kNoBudget,
                                Outcome::kBudgetStale,
                                Outcome::kOverload,
                                Outcome::kTwoBudgets,
                                Outcome::kTerminating,
                                Outcome::kGone,
                                Outcome::kConflict,
                                Outcome::kExists,
                                Outcome::kInvalid,
                                Outcome::kForbidden,
                                Outcome::kDenied,
                                Outcome::kUnjudged,
                                Outcome::kUnknown}) {
    ActionResult result;
    result.outcome = outcome;
    CAPTURE(static_cast<int>(outcome));
    CHECK(IsRefused(&result) == refusals.contains(outcome));
  }
  CHECK_FALSE(IsRefused(nullptr));
}

TEST_CASE("an answer to an eviction is outdated once what it depended on has changed",
          "[planner]") {
  const BudgetRef full{"team/web", "7", false};
  const BudgetRef other{"team/other", "7", false};
  const auto outdated = [](Outcome outcome, const EvictionFacts& then, const EvictionFacts& now) {
    ActionResult result;
    result.outcome = outcome;
    result.facts = then;
    return IsOutdated(result, now);
  };
  for (const Outcome outcome : {Outcome::kNoBudget, Outcome::kTwoBudgets}) {
    const EvictionFacts then{{full}, true};
    CHECK_FALSE(outdated(outcome, then, then));
    CHECK_FALSE(outdated(outcome, then, {{{"team/web", "8", false}}, true}));
    CHECK_FALSE(outdated(outcome, then, {{full, other}, true}));
    CHECK(outdated(outcome, then, {{{"team/web", "8", true}}, true}));
    CHECK(outdated(outcome, then, {{}, true}));
    CHECK(outdated(outcome, then, {{full}, false}));
    CHECK_FALSE(outdated(outcome, {{full}, false}, {{full}, false}));
    CHECK_FALSE(outdated(outcome, {{}, true}, {{}, true}));
  }
  CHECK(outdated(Outcome::kTwoBudgets, {{full, other}, true}, {{{"team/web", "7", true}}, true}));
  CHECK(outdated(Outcome::kBudgetStale, {{full}, true}, {{}, true}));
  CHECK_FALSE(outdated(Outcome::kBudgetStale, {{full}, true}, {{{"team/web", "8", true}}, true}));
  CHECK_FALSE(outdated(Outcome::kForbidden, {{full}, true}, {{}, false}));
}

TEST_CASE("a denial is outdated once the pod's state is another, unless it said how long",
          "[planner]") {
  ActionResult result;
  result.outcome = Outcome::kDenied;
  CHECK_FALSE(IsOutdated(result, {{{"team/web", "8", true}}, true}));
  CHECK(IsOutdated(result, {{}, false}));
  result.told_to_wait = true;
  CHECK_FALSE(IsOutdated(result, {{}, false}));
}
