#include "core/outages.hpp"

#include <chrono>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/planner/builders.hpp"

namespace cu::core {
namespace {

using planner::UpgradeBuilder;
using Names = std::vector<std::string>;
using namespace std::chrono_literals;

api::ClusterUpgrade Working(const std::string& name) {
  return UpgradeBuilder(name).With(
      [](api::ClusterUpgrade& upgrade) { upgrade.status.in_progress.resize(1); });
}

api::ObjectMap<api::ClusterUpgrade> All(const std::vector<api::ClusterUpgrade>& upgrades) {
  api::ObjectMap<api::ClusterUpgrade> all;
  for (const api::ClusterUpgrade& upgrade : upgrades) {
    all[upgrade.meta.name] = upgrade;
  }
  return all;
}

TEST_CASE("an outage concerns the objects that have nodes in work", "[core]") {
  Outages outages;
  const api::ClusterUpgrade idle = UpgradeBuilder("idle");
  CHECK(outages.Note(25s, All({Working("a"), idle, Working("b")})) == Names{"a", "b"});
  CHECK(outages.Of(Working("a")).longest_seconds == 25);
  CHECK(outages.Of(Working("b")).longest_seconds == 25);
  CHECK(outages.Of(idle).longest_seconds == 0);
}

TEST_CASE("whole seconds count, and none is no outage", "[core]") {
  Outages outages;
  CHECK(outages.Note(999ms, All({Working("a")})).empty());
  CHECK(outages.Of(Working("a")).longest_seconds == 0);
  CHECK(outages.Note(2'999ms, All({Working("a")})) == Names{"a"});
  CHECK(outages.Of(Working("a")).longest_seconds == 2);
}

TEST_CASE("the longest outage stays", "[core]") {
  Outages outages;
  outages.Note(25s, All({Working("a")}));
  CHECK(outages.Note(4s, All({Working("a")})) == Names{"a"});
  CHECK(outages.Of(Working("a")).longest_seconds == 25);
  outages.Note(26s, All({Working("a")}));
  CHECK(outages.Of(Working("a")).longest_seconds == 26);
}

TEST_CASE("the outages of a run are added to what its history shows", "[core]") {
  Outages outages;
  api::ClusterUpgrade upgrade = Working("a");
  upgrade.status.history.resize(1);
  api::HistoryEntry& run = upgrade.status.history.front();
  run.start_time = planner::kStart;
  const auto note = [&](std::chrono::seconds away) {
    outages.Note(away, All({upgrade}));
    return outages.Of(upgrade).run_seconds;
  };
  CHECK(note(25s) == 25);
  CHECK(note(5s) == 30);  // the status was not written yet
  run.api_outage_seconds = 30;
  CHECK(note(5s) == 35);
  run.api_outage_seconds = 50;  // of another replica
  CHECK(note(5s) == 55);
  CHECK(Outages().Of(upgrade).run_seconds == 0);

  run.start_time = planner::After(60);
  run.api_outage_seconds = 0;
  CHECK(note(2s) == 2);
  CHECK(outages.Of(upgrade).run_start == run.start_time);
}

TEST_CASE("an outage is forgotten once its object has no node in work", "[core]") {
  Outages outages;
  outages.Note(25s, All({Working("a"), Working("b")}));
  outages.Tidy(Working("a"));
  CHECK(outages.Of(Working("a")).longest_seconds == 25);
  outages.Tidy(UpgradeBuilder("a"));
  CHECK(outages.Of(Working("a")).longest_seconds == 0);
  CHECK(outages.Of(Working("b")).longest_seconds == 25);
}

TEST_CASE("an outage is forgotten with its object", "[core]") {
  Outages outages;
  outages.Note(25s, All({Working("a")}));
  outages.Note(3s, All({Working("b")}));
  CHECK(outages.Of(Working("a")).longest_seconds == 0);
  CHECK(outages.Of(Working("b")).longest_seconds == 3);
}

TEST_CASE("another object of the same name has had no outage", "[core]") {
  Outages outages;
  outages.Note(25s, All({Working("a")}));
  api::ClusterUpgrade other = Working("a");
  other.meta.uid = "another";
  CHECK(outages.Of(other).longest_seconds == 0);
}

}  // namespace
}  // namespace cu::core
