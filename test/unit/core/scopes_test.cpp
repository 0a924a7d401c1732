#include "core/scopes.hpp"

#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/planner/builders.hpp"

namespace cu::core {
namespace {

using planner::UpgradeBuilder;
using planner::Worker;

using Names = std::vector<std::string>;

Names NamesOf(const planner::Scope& scope) {
  Names names;
  for (const planner::ScopedNode& node : scope.nodes()) {
    names.push_back(node.node->meta.name);
  }
  return names;
}

struct Bench {
  Bench() {
    Adopt(Worker("n1"));
    Adopt(Worker("n2"));
  }
  void Adopt(api::Node node) {
    node.meta.resource_version = std::to_string(++version);
    nodes.Adopt(std::move(node));
  }
  const planner::Scope& Of(const api::ClusterUpgrade& of) {
    return scopes.Of(of, watches, own_node);
  }

  int version = 100;
  api::ClusterUpgrade upgrade = UpgradeBuilder();
  Watches watches{{{"system", "jobs"}, {}}};
  kube::Store<api::Node>& nodes = watches.nodes();
  std::string own_node;
  Scopes scopes;
};

TEST_CASE("a scope is what the spec and the nodes make it", "[core]") {
  Bench bench;
  const planner::Scope& scope = bench.Of(bench.upgrade);
  CHECK(NamesOf(scope) == Names{"n1", "n2"});
  CHECK(scope.target().text == planner::kNew);
  CHECK(scope.Find("n1")->node == bench.nodes.Find("n1"));
  CHECK_FALSE(scope.Find("n1")->at_target);
}

TEST_CASE("the controller's own node comes last", "[core]") {
  Bench bench;
  bench.own_node = "n1";
  CHECK(NamesOf(bench.Of(bench.upgrade)) == Names{"n2", "n1"});
}

TEST_CASE("a scope stays as it is while neither its spec nor a node has changed", "[core]") {
  Bench bench;
  const planner::Scope* before = &bench.Of(bench.upgrade);
  const planner::ScopedNode* first = before->nodes().data();
  api::ClusterUpgrade same = bench.upgrade;
  same.meta.resource_version = "999";
  same.status.progress = "1/2";
  same.spec.paused = true;
  bench.Adopt(*bench.nodes.Find("n1"));  // another version, as of a heartbeat
  const planner::Scope* after = &bench.Of(same);
  CHECK(after == before);
  CHECK(after->nodes().data() == first);
}

TEST_CASE("another fingerprint of the spec makes another scope", "[core]") {
  Bench bench;
  bench.Of(bench.upgrade);
  bench.upgrade.spec.version = "v1.36.4";
  bench.upgrade.spec.fingerprint = "spec-2";
  CHECK(bench.Of(bench.upgrade).target().text == "v1.36.4");
}

TEST_CASE("another object of the same name has its own marks", "[core]") {
  Bench bench;
  bench.Adopt(Worker("n1").CordonedByUs());
  CHECK(bench.Of(bench.upgrade).Find("n1")->marked);
  bench.upgrade.meta.uid = "another-uid";
  CHECK_FALSE(bench.Of(bench.upgrade).Find("n1")->marked);
}

TEST_CASE("a node that comes, changes or goes is seen with the next look", "[core]") {
  Bench bench;
  bench.Of(bench.upgrade);
  bench.Adopt(Worker("n3"));
  CHECK(NamesOf(bench.Of(bench.upgrade)) == Names{"n1", "n2", "n3"});

  bench.Adopt(Worker("n2").At(planner::kNew));
  CHECK(bench.Of(bench.upgrade).Find("n2")->at_target);
  CHECK_FALSE(bench.Of(bench.upgrade).Find("n1")->at_target);
  CHECK(bench.Of(bench.upgrade).Find("n2")->node == bench.nodes.Find("n2"));

  const std::string line =
      R"({"type":"DELETED","object":{"metadata":{"name":"n1","namespace":"","uid":"n1-uid","resourceVersion":"900"}}})";
  REQUIRE(bench.nodes.OnLine(line).ok());
  REQUIRE(bench.nodes.Find("n1") == nullptr);
  CHECK(NamesOf(bench.Of(bench.upgrade)) == Names{"n2", "n3"});
}

TEST_CASE("a node that is made anew under its name is looked at anew", "[core]") {
  Bench bench;
  bench.Adopt(Worker("n1").At(planner::kNew));
  CHECK(bench.Of(bench.upgrade).Find("n1")->at_target);
  REQUIRE(
      bench.nodes
          .OnLine(
              R"({"type":"DELETED","object":{"metadata":{"name":"n1","resourceVersion":"900"}}})")
          .ok());
  bench.version = 1000;
  bench.Adopt(Worker("n1").Uid("another"));
  const planner::ScopedNode* node = bench.Of(bench.upgrade).Find("n1");
  CHECK(node->node == bench.nodes.Find("n1"));
  CHECK_FALSE(node->at_target);
}

TEST_CASE("more changes of nodes than the store remembers are seen as well", "[core]") {
  Bench bench;
  bench.Of(bench.upgrade);
  bench.Adopt(Worker("n2").At(planner::kNew));
  for (int i = 0; i < 1'500; ++i) {
    bench.Adopt(Worker("n1").At("v1.35." + std::to_string(i)));
  }
  CHECK(bench.Of(bench.upgrade).Find("n2")->at_target);
}

TEST_CASE("objects have scopes of their own", "[core]") {
  Bench bench;
  const api::ClusterUpgrade other = UpgradeBuilder("other").To("v1.36.9");
  const planner::Scope& first = bench.Of(bench.upgrade);
  const planner::Scope& second = bench.Of(other);
  CHECK(first.target().text == planner::kNew);
  CHECK(second.target().text == "v1.36.9");
  bench.Adopt(Worker("n1").At(planner::kNew));
  CHECK(bench.Of(other).Find("n1")->node == bench.nodes.Find("n1"));
  CHECK(bench.Of(bench.upgrade).Find("n1")->at_target);
}

}  // namespace
}  // namespace cu::core
