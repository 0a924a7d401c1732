#include "planner/gates/replica_count.hpp"

#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/planner/scene.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

class Counting {
 public:
  Counting& Add(const PodBuilder& builder, bool leaves = true, bool budget = false) {
    const api::Pod pod = builder;
    PodPlan plan;
    plan.pod = &pod;
    if (budget) {
      plan.budgets.push_back(&budget_);
    }
    count_.Add(plan, leaves);
    return *this;
  }
  Lines Found() {
    FindingBook book({});
    count_.Finish(book);
    Lines lines;
    for (const Finding& finding : book.Take()) {
      lines.push_back(LineOf(finding).substr(0, LineOf(finding).find(':')));
      text = finding.text;
    }
    CHECK(book.more() == 0);
    return lines;
  }
  std::string text;

 private:
  ReplicaCount count_;
  api::PodDisruptionBudget budget_ = BudgetFor("web", 1);
};

PodBuilder Web(const std::string& name, const std::string& node) {
  return PodBuilder(name).OwnedBy("ReplicaSet", "web").On(node);
}

}  // namespace

TEST_CASE("a workload with one pod that leaves", "[planner]") {
  CHECK(Counting().Add(Web("a", "w-1")).Found() == Lines{"SingleReplica team-a/web"});
  CHECK(Counting().Add(Web("a", "w-1"), false).Found().empty());
  CHECK(Counting().Add(Web("a", "w-1"), true, true).Found() == Lines{"SingleReplica team-a/web"});
  CHECK(Counting().Add(Web("a", "w-1").OwnedBy("CloneSet", "web")).Found().empty());
}

TEST_CASE("a workload whose pods are all on one node", "[planner]") {
  Counting all;
  CHECK(all.Add(Web("a", "w-1")).Add(Web("b", "w-1")).Add(Web("c", "w-1")).Found() ==
        Lines{"AllOnOneNode team-a/web"});
  CHECK(all.text.starts_with("all 3 pods of the ReplicaSet run on node w-1"));
  CHECK(Counting().Add(Web("a", "w-1")).Add(Web("b", "w-2")).Found().empty());
  CHECK(Counting().Add(Web("a", "w-1")).Add(Web("b", ""), false).Found().empty());
  CHECK(
      Counting().Add(Web("a", "w-1"), true, true).Add(Web("b", "w-1"), true, true).Found().empty());
  CHECK(
      Counting().Add(Web("a", "w-1")).Add(Web("b", "w-1").Phase(api::PodPhase::kFailed)).Found() ==
      Lines{"SingleReplica team-a/web"});
}
