#include "planner/gates/node_findings.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/planner/snapshot.hpp"
#include "unit/planner/workers.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("all findings are named, twenty of them with what they mean", "[planner]") {
  std::vector<Finding> findings(21, Finding{api::FindingType::kTwoBudgets, "a/b", "t", true});
  findings.push_back({api::FindingType::kTwoBudgets, "a/c", "t", true});
  findings.push_back({api::FindingType::kUnmanagedPods, "a/d", "t", true});
  const std::string text = DescribeFindings(findings);
  CHECK(text.starts_with("23 findings: TwoBudgets a/b: t; TwoBudgets"));
  CHECK(text.ends_with("t; and 3 more: TwoBudgets a/b, a/c: UnmanagedPods a/d"));
  findings.resize(1'000, Finding{api::FindingType::kTwoBudgets, std::string(300, 'x'), "t", true});
  CHECK(DescribeFindings(findings).size() == 20'000);
}

TEST_CASE("what is found on a node is found in the pods that a drain would move", "[planner]") {
  Scene scene = Workers(2);
  scene.Add(NeverAllows("web"))
      .Add("worker-1", PodBuilder("web-1").Label("app", "web"))
      .Add("worker-1", PodBuilder("web-2").Label("app", "web").Phase(api::PodPhase::kFailed))
      .Add("worker-1", PodBuilder("net").OwnedBy("DaemonSet", "net").EmptyDir())
      .Add("worker-1", PodBuilder("going").Unmanaged().Terminating(After(9), 30))
      .Add("worker-1", PodBuilder("alone").Unmanaged());
  scene.WatchAllPods();
  const auto found = [&] {
    const Snapshot seen(scene);
    Lines lines;
    for (const Finding& finding :
         FindOnNode(seen.planning(), "worker-1", *seen.planning().PodsOf("worker-1"))) {
      lines.push_back((finding.blocks ? "! " : "") + NameOf(finding.type) + " " + finding.object);
    }
    return lines;
  };
  CHECK(found() == Lines{"UnmanagedPods team-a/alone", "! BudgetNeverAllows team-a/web"});
  scene.spec().preflight_ignore = {"BudgetNeverAllows", "UnmanagedPods=team-a/alone"};
  CHECK(found() == Lines{"BudgetNeverAllows team-a/web"});
}

TEST_CASE("budgets do not hold pods that are pending, nor unhealthy ones that they let go",
          "[planner]") {
  Scene scene = Workers(1);
  api::PodDisruptionBudget budget = NeverAllows("web");
  api::Pod pod = PodBuilder("web-1").Label("app", "web").On("worker-1");
  const auto blocks = [&] {
    const World world = scene.MakeWorld();
    PodPlan plan;
    plan.pod = &pod;
    plan.disposition = PodDisposition::kEvict;
    plan.budgets = {&budget};
    FindingBook book({});
    FindInPod(world, plan, book);
    return !book.Take().empty();
  };
  CHECK(blocks());
  pod.ready = false;
  CHECK(blocks());
  budget.lets_unhealthy_go = true;
  CHECK_FALSE(blocks());
  pod.ready = true;
  CHECK(blocks());
  pod.phase = api::PodPhase::kPending;
  CHECK_FALSE(blocks());
}

TEST_CASE("a pod that fits no other node says by what", "[planner]") {
  const api::Pod pod = PodBuilder("db").On("worker-1");
  CHECK(LineOf(PinnedPod(pod, "the volume of one of its claims")) ==
        "PinnedPod team-a/db: the pod fits only node worker-1 (the volume of one of its claims) "
        "and stays Pending until that node is back");
}

TEST_CASE("one finding is told in the singular", "[planner]") {
  CHECK(DescribeFindings({Finding::Warns(api::FindingType::kTwoBudgets, "a/b", "t")}) ==
        "1 finding: TwoBudgets a/b: t");
}

namespace {

/// What is found in one pod on worker-1.
Lines FoundIn(Scene& scene, api::Pod pod, const std::vector<std::string>& budgets = {}) {
  pod.node_name = "worker-1";
  const World world = scene.MakeWorld();
  PodPlan plan;
  plan.pod = &pod;
  plan.disposition = PodDisposition::kEvict;
  for (const std::string& name : budgets) {
    plan.budgets.push_back(&scene.budgets.at("team-a/" + name));
  }
  FindingBook book({});
  FindHanging(world, plan, book);
  if (plan.moves()) {
    FindInPod(world, plan, book);
  }
  Lines lines;
  for (const Finding& finding : book.Take()) {
    lines.push_back((finding.blocks ? "! " : "") + NameOf(finding.type) + " " + finding.object);
  }
  return lines;
}

api::Pod Annotated(std::string_view key, const char* value) {
  api::Pod pod = PodBuilder("runner");
  pod.meta.annotations[std::string(key)] = value;
  return pod;
}

}  // namespace

TEST_CASE("what is interrupted or comes back is named", "[planner]") {
  Scene scene = Workers(2);
  CHECK(FoundIn(scene, PodBuilder("web")).empty());
  CHECK(FoundIn(scene, PodBuilder("web").ToleratesCordon()) == Lines{"ComesBack team-a/web-rs"});
  CHECK(FoundIn(scene, PodBuilder("web").ToleratesCordon().Unmanaged()) ==
        Lines{"UnmanagedPods team-a/web"});
  CHECK(FoundIn(scene, Annotated(api::kSafeToEvict, "false")) ==
        Lines{"DoNotDisrupt team-a/runner"});
  CHECK(FoundIn(scene, Annotated(api::kSafeToEvict, "true")).empty());
  CHECK(FoundIn(scene, Annotated(api::kDoNotDisrupt, "true")) ==
        Lines{"DoNotDisrupt team-a/runner"});
  CHECK(FoundIn(scene, Annotated(api::kDoNotEvict, "true")) == Lines{"DoNotDisrupt team-a/runner"});
  CHECK(FoundIn(scene, PodBuilder("etl-x").OwnedBy("Job", "etl")) ==
        Lines{"JobInterrupted team-a/etl"});
}

TEST_CASE("how long a pod takes to end is held against the drain's timeout", "[planner]") {
  Scene scene = Workers(2);
  api::Pod pod = PodBuilder("slow");
  pod.grace_seconds = 4000;
  CHECK(FoundIn(scene, pod) == Lines{"GraceTooLong team-a/slow"});
  scene.spec().drain.grace_period_seconds = 30;
  CHECK(FoundIn(scene, pod).empty());
  scene.spec().drain.timeout_seconds = 20;
  CHECK(FoundIn(scene, pod) == Lines{"GraceTooLong team-a/slow"});
  scene.spec().drain.grace_period_seconds.reset();
  CHECK(FoundIn(scene, PodBuilder("plain")) == Lines{"GraceTooLong team-a/plain"});
  scene.spec().drain.timeout_seconds = 0;
  CHECK(FoundIn(scene, pod).empty());
}

TEST_CASE("a pod that should have ended long ago is found, one that has ended is not",
          "[planner]") {
  Scene scene = Workers(2);
  const api::Pod pod = PodBuilder("report").Terminating(After(0), 1);
  scene.Pass(59);
  CHECK(FoundIn(scene, pod).empty());
  scene.Pass(1);
  CHECK(FoundIn(scene, pod) == Lines{"HangsInTermination team-a/report"});
  CHECK(FoundIn(scene, PodBuilder("done").Phase(api::PodPhase::kFailed).Terminating(After(0), 1))
            .empty());
}

TEST_CASE("pods that are waited for are not held by budgets, and end by themselves", "[planner]") {
  Scene scene = Workers(2);
  scene.Add(NeverAllows("batch"));
  const api::Pod pod = PodBuilder("sums").Label("app", "batch").OwnedBy("Job", "sums");
  CHECK(FoundIn(scene, pod, {"batch"}) ==
        Lines{"! BudgetNeverAllows team-a/batch", "JobInterrupted team-a/sums"});
  scene.spec().drain.wait_for_pods =
      api::WaitForPods{api::AnySelector{{api::LabelSelector{{{"app", "batch"}}, {}}}}, 50};
  CHECK(FoundIn(scene, pod, {"batch"}).empty());
}

TEST_CASE("a budget over pods that are scheduled together is named", "[planner]") {
  Scene scene = Workers(2);
  scene.Add(BudgetFor("train", 1));
  api::Pod pod = PodBuilder("train-0");
  pod.in_gang = true;
  CHECK(FoundIn(scene, pod).empty());
  CHECK(FoundIn(scene, pod, {"train"}) == Lines{"GangUnderBudget team-a/train"});
}
