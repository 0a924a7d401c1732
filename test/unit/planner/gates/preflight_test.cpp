#include "planner/gates/preflight.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "planner/report/event_records.hpp"
#include "unit/planner/snapshot.hpp"
#include "unit/planner/workers.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

/// An upgraded control-plane node and two workers.
Scene Small(const UpgradeBuilder& upgrade = UpgradeBuilder()) {
  Scene scene(upgrade);
  scene.Add(ControlPlaneNode("m").At(kNew)).Add(Worker("w-1")).Add(Worker("w-2"));
  return scene;
}

/// Answers the question as the server would.
void Reply(Scene& scene, const Action& action, Outcome verdict, const std::string& message = "") {
  scene.Answer(action, verdict, message);
}

/// Recreate, every right that it needs granted but `missing`.
Scene AskedForRights(const std::string& missing) {
  Scene scene = Small();
  scene.spec().drain.unmanaged_pods = api::UnmanagedPods::kRecreate;
  const std::vector<CheckAccess> rights{
      {"create", "pods"}, {"create", "podtemplates"}, {"list", "podtemplates"}};
  Lines questions;
  for (const CheckAccess& right : rights) {
    questions.push_back(Describe(right));
  }
  CHECK(scene.Actions() == questions);
  for (std::size_t i = 0; i < rights.size(); ++i) {
    Reply(scene, rights[i], questions[i] == missing ? Outcome::kForbidden : Outcome::kAccepted);
  }
  scene.Settle();
  return scene;
}

}  // namespace

TEST_CASE("findings that block stop the whole upgrade, all named at once", "[planner]") {
  Scene scene = Small();
  scene.Add(NeverAllows("web"))
      .Add(BudgetFor("db", 1))
      .Add([] {
        auto budget = BudgetFor("db", 1);
        budget.meta.name = "db-2";
        return budget;
      }())
      .Add("w-1", PodBuilder("web-1").Label("app", "web"))
      .Add("w-2", PodBuilder("db-1").Label("app", "db"));
  CHECK(scene.Actions().empty());
  CHECK(scene.Conditions() == "F F T PreflightRefused");
  CHECK(scene.ConditionOf("PreflightPassed") == "False PreflightRefused");
  CHECK(scene.MessageOf("Stalled").find(
            "2 findings: BudgetNeverAllows team-a/web: the PodDisruptionBudget's maxUnavailable: 0 "
            "never allows an eviction; relax or delete it for the upgrade; "
            "TwoBudgets team-a/db-1: the pod on w-2 is selected by more than one "
            "PodDisruptionBudget (db, db-2)") == 0);
  CHECK(scene.status().history.empty());

  SECTION("each is told in an Event of its own, once") {
    const Plan plan = scene.Look();
    const auto events = EventsOfFindings(scene.upgrade(), {}, plan.refusals);
    REQUIRE(events.size() == 2);
    CHECK(events[0].reason == "BudgetNeverAllows");
    CHECK(events[0].warning);
    CHECK(events[1].reason == "TwoBudgets");
    CHECK(EventsOfFindings(scene.upgrade(), plan.refusals, plan.refusals).empty());
  }
  SECTION("cured one by one") {
    scene.budgets.erase("team-a/db-2");
    scene.Settle();
    CHECK(scene.MessageOf("Stalled").find("1 finding: BudgetNeverAllows") == 0);
    scene.budgets.at("team-a/web").max_unavailable->value = 1;
    scene.Settle();
    CHECK(scene.InWork() == "w-1");
  }
  SECTION("ignored, by type or by object: they only warn") {
    scene.spec().preflight_ignore = {"TwoBudgets", "BudgetNeverAllows=team-a/web"};
    scene.Settle();
    CHECK(scene.InWork() == "w-1");
    REQUIRE(scene.status().warnings.size() == 2);
    CHECK(scene.status().warnings[0].message.ends_with("(ignored by spec.preflight.ignore)"));
  }
  SECTION("ignoring another object is no help") {
    scene.spec().preflight_ignore = {"TwoBudgets", "BudgetNeverAllows=team-b/web"};
    scene.Settle();
    CHECK(scene.InWork().empty());
  }
  SECTION("where nothing is drained nothing is looked for") {
    scene.spec().drain.when = api::DrainWhen::kNever;
    scene.Settle();
    CHECK(scene.InWork() == "w-1");
  }
}

TEST_CASE("while paused everything is looked at, and nothing is begun", "[planner]") {
  Scene scene = Small();
  scene.spec().paused = true;
  scene.Add(NeverAllows("web")).Add("w-2", PodBuilder("web-1").Label("app", "web").Unmanaged());
  CHECK(scene.Actions().empty());
  CHECK(scene.Conditions() == "F F F Paused");
  CHECK(scene.ConditionOf("PreflightPassed") == "False PreflightRefused");
  CHECK(scene.status().warnings.size() == 1);
  scene.budgets.clear();
  scene.Settle();
  CHECK(scene.ConditionOf("PreflightPassed") == "True NoObjections");
  CHECK(scene.MessageOf("PreflightPassed").ends_with("1 warning"));
}

TEST_CASE("a refusal stands while the state of the cluster is unknown, and a start waits",
          "[planner]") {
  Scene scene = Small();
  scene.current = false;
  scene.Add(NeverAllows("web")).Add("w-1", PodBuilder("web-1").Label("app", "web"));
  scene.Settle();
  CHECK(scene.Conditions() == "F F T PreflightRefused");
  scene.budgets.clear();
  scene.Settle();
  CHECK(scene.Conditions() == "F T F WaitingForWatches");
  scene.current = true;
  scene.Settle();
  CHECK(scene.InWork() == "w-1");
}

TEST_CASE("a survey for another spec says nothing", "[planner]") {
  Scene scene = Small();
  scene.survey = Survey{};
  scene.survey->made_for = SurveyKey(scene.upgrade().meta, "another");
  scene.Settle();
  CHECK(scene.Conditions() == "F T F Preflight");
  CHECK(scene.ConditionOf("PreflightPassed") == "Unknown Preflight");
  scene.survey->made_for = SurveyKey(scene.upgrade().meta, scene.spec().fingerprint);
  scene.Settle();
  CHECK(scene.InWork() == "w-1");
  CHECK_FALSE(scene.open.contains({WatchKind::kSurvey, ""}));
}

TEST_CASE("warnings that have gone before the start are shown no more", "[planner]") {
  Scene scene = Small();
  scene.Add(NeverAllows("web")).Add("w-2", PodBuilder("web-1").Label("app", "web").Unmanaged());
  scene.Settle();
  CHECK(scene.status().warnings_total == 1);
  scene.pods["w-2"].begin()->second.meta.controller = api::Owner{"CloneSet", "web", "u"};
  scene.Settle();
  CHECK(scene.status().warnings.empty());
  CHECK(scene.status().warnings_total == 0);
}

TEST_CASE("losses come first, and what finds no room is told in Events, once", "[planner]") {
  Scene scene = Small();
  scene.spec().paused = true;
  for (int i = 0; i < 25; ++i) {
    scene.Add("w-1", PodBuilder("cache-" + std::to_string(i)).EmptyDir());
  }
  scene.Add("w-2", PodBuilder("lost").Unmanaged());
  scene.Settle();
  scene.memory.reported.clear();
  const Plan plan = scene.Look();
  REQUIRE(plan.status.warnings.size() == 20);
  CHECK(plan.status.warnings[0].type == api::FindingType::kUnmanagedPods);
  CHECK(plan.status.warnings_total == 26);
  CHECK(plan.overflow.size() == 6);
  CHECK(EventsOfFindings(scene.upgrade(), {}, plan.overflow).at(0).minor);
  CHECK(scene.Look().overflow.empty());

  SECTION("what lands on the node later is counted and told before it is evicted") {
    scene.spec().paused = false;
    InstantCluster(scene).RunTo("w-1", "Draining");
    scene.Settle();
    REQUIRE(scene.status().warnings_total == 26);
    scene.Add("w-1", PodBuilder("late").Unmanaged());
    const Plan late = scene.Look();
    REQUIRE(late.overflow.size() == 1);
    CHECK(late.overflow[0].object == "team-a/late");
    CHECK(late.status.warnings_total == 27);
  }
}

TEST_CASE("Recreate without the rights is refused with a hint", "[planner]") {
  CHECK(AskedForRights("none").InWork() == "w-1");
  const std::string missing = GENERATE("create pods", "create podtemplates", "list podtemplates");
  Scene scene = AskedForRights("CheckAccess " + missing);
  CHECK(scene.Conditions() == "F F T PreflightRefused");
  CHECK(scene.MessageOf("Ready").find("deploy/optional/recreate-pods.yaml") != std::string::npos);
}

TEST_CASE("onTimeout Delete without the right is refused with a hint", "[planner]") {
  Scene scene = Small();
  scene.spec().drain.on_timeout = api::DrainTimeoutPolicy::kDelete;
  CHECK(scene.Actions() == Lines{"CheckAccess delete pods"});
  CHECK(scene.Conditions() == "F T F Preflight");
  Reply(scene, CheckAccess{"delete", "pods"}, Outcome::kForbidden);
  CHECK(scene.Actions() == Lines{"CheckAccess delete pods"});
  CHECK(scene.Conditions() == "F F T PreflightRefused");
  CHECK(scene.MessageOf("Ready").find("DeleteNotAllowed production") != std::string::npos);
  CHECK(scene.MessageOf("Ready").find("deploy/optional/delete-pods.yaml") != std::string::npos);
  Reply(scene, CheckAccess{"delete", "pods"}, Outcome::kAccepted);
  scene.Settle();
  CHECK(scene.InWork() == "w-1");
}

TEST_CASE("a question that gets no answer says so, and a refusal holds until a better one",
          "[planner]") {
  Scene scene = Small(UpgradeBuilder().ByJob());
  const Plan plan = scene.Settle();
  const Action job = plan.actions.at(0);
  Reply(scene, job, Outcome::kUnknown, "failed calling webhook");
  scene.Settle();
  CHECK(scene.MessageOf("Ready").find("failed calling webhook") != std::string::npos);
  Reply(scene, job, Outcome::kForbidden, "exceeded quota");
  scene.Settle();
  CHECK(scene.Conditions() == "F F T PreflightRefused");
  for (const Outcome vague : {Outcome::kOverload, Outcome::kUnknown}) {
    Reply(scene, job, vague, "busy");
    scene.Settle();
    CHECK(scene.Conditions() == "F F T PreflightRefused");
    CHECK(scene.MessageOf("Ready").find("exceeded quota") != std::string::npos);
  }
  Reply(scene, job, Outcome::kAccepted);
  scene.Settle();
  CHECK(scene.InWork() == "w-1");
}

TEST_CASE("what the server has agreed to is not asked again until the spec changes", "[planner]") {
  Scene scene = Small(UpgradeBuilder().ByJob());
  scene.Add(NeverAllows("web")).Add("w-2", PodBuilder("web-1").Label("app", "web"));
  const Plan plan = scene.Settle();
  REQUIRE(Describe(plan.actions) == Lines{"DryRunJob w-1 v1.36.3 attempt 1"});
  Reply(scene, plan.actions[0], Outcome::kAccepted);
  CHECK(scene.Actions().empty());
  scene.results.clear();
  CHECK(scene.Actions().empty());
  scene.Edit();
  CHECK(scene.Actions() == Lines{"DryRunJob w-1 v1.36.3 attempt 1"});
}

TEST_CASE("a Job that the server refuses stops the upgrade, unless it cannot be asked",
          "[planner]") {
  Scene scene = Small(UpgradeBuilder().ByJob());
  const Plan plan = scene.Settle();
  REQUIRE(plan.actions.size() == 1);
  Reply(scene, plan.actions[0], Outcome::kUnknown);
  scene.Settle();
  CHECK(scene.Conditions() == "F T F Preflight");
  Reply(scene, plan.actions[0], Outcome::kInvalid, "image: Required value");
  scene.Settle();
  CHECK(scene.Conditions() == "F F T PreflightRefused");
  CHECK(scene.MessageOf("Ready").find("JobRefused production: the API server rejects the upgrade "
                                      "Job (image: Required value)") != std::string::npos);
  Reply(scene, plan.actions[0], Outcome::kUnjudged, "webhook x does not support dry run");
  scene.Settle();
  CHECK(scene.InWork() == "w-1");
  CHECK(scene.status().warnings.at(0).type == api::FindingType::kJobRefused);
}

TEST_CASE("nothing has passed before anything was looked at", "[planner]") {
  Scene scene;
  scene.Add(Worker("w"));  // no control plane is visible: the server is asked for its version
  scene.Settle();
  CHECK(scene.Conditions() == "F T F WaitingForServerVersion");
  CHECK(scene.ConditionOf("PreflightPassed") == "Unknown WaitingForServerVersion");
  scene.server_version = kNew;
  scene.spec().paused = true;
  scene.Settle();
  CHECK(scene.ConditionOf("PreflightPassed") == "True NoObjections");
}

TEST_CASE("once a node was started preflight is asked under a pause alone", "[planner]") {
  Scene scene = Small();
  const Asking before(AskPreflight, scene);
  CHECK(before.reason() == "Preflight");
  CHECK(before.Watches(WatchKind::kSurvey));
  scene.status().history = {{kNew, kStart, std::nullopt, api::RunResult::kOpen}};
  const Asking begun(AskPreflight, scene);
  CHECK(begun.reason().empty());
  CHECK_FALSE(begun.Watches(WatchKind::kSurvey));
  scene.spec().paused = true;
  CHECK(Asking(AskPreflight, scene).reason() == "Preflight");
}

TEST_CASE("a refusal says that nothing was touched only while that is so", "[planner]") {
  Scene scene = Small();
  scene.Add(NeverAllows("web")).Add("w-1", PodBuilder("web-1").Label("app", "web"));
  scene.WatchAllPods().open.insert({WatchKind::kSurvey, ""});
  Reply(scene,
        CordonNode{"w-1", "w-1-uid", MarkOf(scene.upgrade().meta), "", true},
        Outcome::kAccepted);
  const auto says_untouched = [&] {
    const Asking asking(AskPreflight, scene);
    REQUIRE(asking.reason() == "PreflightRefused");
    CHECK(asking.result().hold->kind == Hold::Kind::kNeedsPerson);
    CHECK(asking.result().add.refusals.size() == 1);
    return asking.message().find("Nothing was changed") != std::string::npos;
  };
  CHECK(says_untouched());
  scene.status().in_progress = {EntryFor("w-2", api::NodeStep::kDraining)};
  CHECK_FALSE(says_untouched());
}

TEST_CASE("why a survey takes so long is told", "[planner]") {
  Scene scene = Small();
  World world = scene.MakeWorld();
  world.survey_problem = "listing pods was refused";
  const Planning planning(world, world.upgrade->status, std::nullopt);
  GateMemory memory;
  const GateResult result = AskPreflight(planning, memory);
  REQUIRE(result.hold);
  CHECK(result.hold->message == "checking the pods of the cluster (listing pods was refused)");
}

TEST_CASE("a pod that the server refuses stops the upgrade although it takes the Job",
          "[planner]") {
  Scene scene = Small(UpgradeBuilder().ByJob());
  scene.agrees_to_dry_runs = false;
  const Plan plan = scene.Settle();
  REQUIRE(Describe(plan.actions) == Lines{"DryRunJob w-1 v1.36.3 attempt 1",
                                          "DryRunPod w-1 v1.36.3 attempt 1",
                                          "DryRunCordon w-1"});
  Reply(scene, plan.actions[0], Outcome::kAccepted);
  Reply(scene, plan.actions[2], Outcome::kAccepted);
  SECTION("it is refused") {
    Reply(scene, plan.actions[1], Outcome::kForbidden, "violates PodSecurity");
    scene.Settle();
    CHECK(scene.Conditions() == "F F T PreflightRefused");
    CHECK(scene.MessageOf("Stalled").find(
              "PodRefused production: the API server rejects the pod of the upgrade Job (violates "
              "PodSecurity); fix spec.executor.job.template, or the quota") != std::string::npos);
    scene.spec().preflight_ignore = {"PodRefused"};
    scene.Settle();
    CHECK(scene.InWork() == "w-1");
    return;
  }
  SECTION("it cannot be asked") {
    Reply(scene, plan.actions[1], Outcome::kUnjudged, "cannot create resource \"pods\"");
    scene.Settle();
    CHECK(scene.InWork() == "w-1");
    CHECK(scene.status().warnings.at(0).type == api::FindingType::kPodRefused);
  }
}

TEST_CASE("a pod is not asked for whose Job is refused", "[planner]") {
  Scene scene = Small(UpgradeBuilder().ByJob());
  scene.agrees_to_dry_runs = false;
  Reply(scene, scene.Settle().actions[0], Outcome::kInvalid, "image: Required value");
  CHECK(scene.Actions() == Lines{"DryRunJob w-1 v1.36.3 attempt 1", "DryRunCordon w-1"});
}

TEST_CASE("a cordon that the server refuses is found before the first one, in each pool",
          "[planner]") {
  Scene scene(UpgradeBuilder().Pool("gpu", "gpu", {1, false}).Pool("cpu", "cpu", {1, false}));
  scene.agrees_to_dry_runs = false;
  scene.Add(ControlPlaneNode("m"));
  for (const char* pool : {"gpu", "cpu"}) {
    for (const char* number : {"-1", "-2"}) {
      scene.Add(Worker(std::string(pool) + number));
      scene.node(std::string(pool) + number).meta.labels["pool"] = pool;
    }
  }
  const Plan plan = scene.Settle();
  REQUIRE(Describe(plan.actions) ==
          Lines{"DryRunCordon m", "DryRunCordon gpu-1", "DryRunCordon cpu-1"});
  Reply(scene, plan.actions[0], Outcome::kAccepted);
  Reply(scene, plan.actions[1], Outcome::kForbidden, "ValidatingAdmissionPolicy 'nodes' denied");
  scene.Settle();
  CHECK(scene.Conditions() == "F T F Preflight");
  Reply(scene, plan.actions[2], Outcome::kUnjudged, "webhook w does not support dry run");
  scene.Settle();
  CHECK(scene.Conditions() == "F F T PreflightRefused");
  CHECK(scene.MessageOf("Stalled").find(
            "1 finding: CordonRefused gpu-1: the API server rejects the cordon of this node "
            "(ValidatingAdmissionPolicy 'nodes' denied); fix the admission policy") == 0);
  CHECK(scene.status().warnings.at(0).type == api::FindingType::kCordonRefused);
  CHECK(scene.status().warnings.at(0).object == "cpu-1");
  Reply(scene, plan.actions[1], Outcome::kAccepted);
  scene.Settle();
  CHECK(scene.InWork() == "m");
}
