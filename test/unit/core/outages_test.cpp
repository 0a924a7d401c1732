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
  CHECK(outages.LongestOf(Working("a")) == 25);
  CHECK(outages.LongestOf(Working("b")) == 25);
  CHECK(outages.LongestOf(idle) == 0);
}

TEST_CASE("whole seconds count, and none is no outage", "[core]") {
  Outages outages;
  CHECK(outages.Note(999ms, All({Working("a")})).empty());
  CHECK(outages.LongestOf(Working("a")) == 0);
  CHECK(outages.Note(2'999ms, All({Working("a")})) == Names{"a"});
  CHECK(outages.LongestOf(Working("a")) == 2);
}

TEST_CASE("the longest outage stays", "[core]") {
  Outages outages;
  outages.Note(25s, All({Working("a")}));
  CHECK(outages.Note(4s, All({Working("a")})) == Names{"a"});
  CHECK(outages.LongestOf(Working("a")) == 25);
  outages.Note(26s, All({Working("a")}));
  CHECK(outages.LongestOf(Working("a")) == 26);
}

TEST_CASE("an outage is forgotten once its object has no node in work", "[core]") {
  Outages outages;
  outages.Note(25s, All({Working("a"), Working("b")}));
  outages.Tidy(Working("a"));
  CHECK(outages.LongestOf(Working("a")) == 25);
  outages.Tidy(UpgradeBuilder("a"));
  CHECK(outages.LongestOf(Working("a")) == 0);
  CHECK(outages.LongestOf(Working("b")) == 25);
}

TEST_CASE("an outage is forgotten with its object", "[core]") {
  Outages outages;
  outages.Note(25s, All({Working("a")}));
  outages.Note(3s, All({Working("b")}));
  CHECK(outages.LongestOf(Working("a")) == 0);
  CHECK(outages.LongestOf(Working("b")) == 3);
}

TEST_CASE("another object of the same name has had no outage", "[core]") {
  Outages outages;
  outages.Note(25s, All({Working("a")}));
  api::ClusterUpgrade other = Working("a");
  other.meta.uid = "another";
  CHECK(outages.LongestOf(other) == 0);
}

}  // namespace
}  // namespace cu::core
