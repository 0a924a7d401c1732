#include "core/orphan_work.hpp"

#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/planner/builders.hpp"

namespace cu::core {
namespace {

using Names = std::vector<std::string>;

struct Bench {
  void Adopt(api::Node node) {
    node.meta.resource_version = std::to_string(++version);
    watches.nodes().Adopt(std::move(node));
  }
  void Adopt(api::ClusterUpgrade upgrade) {
    upgrade.meta.resource_version = std::to_string(++version);
    watches.upgrades().Adopt(std::move(upgrade));
  }
  void Adopt(api::Job job) {
    job.meta.resource_version = std::to_string(++version);
    watches.jobs().Adopt(std::move(job));
  }
  std::vector<planner::Action> Plan() {
    return work.Plan(watches, {}, base::SteadyTime(std::chrono::hours(1)));
  }
  Names Planned() {
    Names names;
    for (const planner::Action& action : Plan()) {
      const planner::ActionKey key = planner::KeyOf(action);
      CHECK(work.Wants(key));
      names.push_back(planner::NameOf(key.kind) + " " + planner::NameOf(key.object));
    }
    CHECK(work.wanted().size() == names.size());
    return names;
  }

  int version = 100;
  Watches watches{{{"system", planner::kJobNamespace}, {}}};
  OrphanWork work;
};

api::Job FinishedJob() {
  api::Job job = planner::UpgradeJob("cu-n1", "n1");
  job.complete = true;
  return job;
}

TEST_CASE("what an object that is gone has left behind is wanted away", "[core]") {
  Bench bench;
  bench.Adopt(planner::Worker("n1").CordonedByUs());
  bench.Adopt(planner::Worker("n2"));
  bench.Adopt(FinishedJob());
  CHECK(bench.Planned() == Names{"Release node/n1", "ExpireJob job/cu-n1"});
}

TEST_CASE("a taint of an object that is gone is wanted away, a user's is not", "[core]") {
  Bench bench;
  const std::string key(api::kOutdated);
  api::Node ours = planner::Worker("n1");
  ours.taints = {{key, "5f0c1111-0000-4000-8000-00000000000a", "PreferNoSchedule"}};
  api::Node theirs = planner::Worker("n2");
  theirs.taints = {{key, "", "PreferNoSchedule"}};
  bench.Adopt(ours);
  bench.Adopt(theirs);
  CHECK(bench.Planned() == Names{"Untaint node/n1"});
  CHECK_FALSE(bench.work.wake_at());
}

TEST_CASE("what belongs to an object that is there is left to it", "[core]") {
  Bench bench;
  bench.Adopt(planner::UpgradeBuilder());
  bench.Adopt(planner::Worker("n1").CordonedByUs());
  bench.Adopt(FinishedJob());
  CHECK(bench.Planned().empty());
}

TEST_CASE("what is not there any more is not wanted any more", "[core]") {
  Bench bench;
  bench.Adopt(planner::Worker("n1").CordonedByUs());
  const auto actions = bench.Plan();
  REQUIRE(actions.size() == 1);
  const planner::ActionKey key = planner::KeyOf(actions[0]);
  CHECK(bench.work.Wants(key));
  bench.Adopt(planner::Worker("n1"));
  CHECK(bench.work.Wants(key));
  CHECK(bench.Planned().empty());
  CHECK_FALSE(bench.work.Wants(key));
}

TEST_CASE("orphans are looked for once for each mark", "[core]") {
  Bench bench;
  CHECK_FALSE(bench.work.due());
  bench.work.Mark();
  CHECK(bench.work.due());
  bench.Plan();
  CHECK_FALSE(bench.work.due());
}

TEST_CASE("the end of a term forgets what was wanted and that a look was due", "[core]") {
  Bench bench;
  bench.Adopt(planner::Worker("n1").CordonedByUs());
  const auto actions = bench.Plan();
  REQUIRE(actions.size() == 1);
  bench.work.Mark();
  bench.work.Clear();
  CHECK_FALSE(bench.work.due());
  CHECK(bench.work.wanted().empty());
  CHECK_FALSE(bench.work.Wants(planner::KeyOf(actions[0])));
  CHECK(bench.Planned().size() == 1);
}

}  // namespace
}  // namespace cu::core
