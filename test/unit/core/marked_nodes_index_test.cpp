#include "core/marked_nodes_index.hpp"

#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "planner/nodes/orphans.hpp"
#include "unit/core/wire.hpp"
#include "unit/planner/builders.hpp"

namespace cu::core {
namespace {

using planner::Worker;
using Names = std::vector<std::string>;

struct Bench {
  void Adopt(api::Node node) {
    node.meta.resource_version = std::to_string(++version);
    nodes.Adopt(std::move(node));
  }
  void Remove(const std::string& name) {
    const Json object{
        {"metadata", {{"name", name}, {"resourceVersion", std::to_string(++version)}}}};
    REQUIRE(nodes.OnLine(LineOf("DELETED", object)).ok());
  }
  Names Marked() {
    Names names;
    for (const api::Node* node : index.Of(nodes)) {
      REQUIRE(node != nullptr);
      CHECK(node == nodes.Find(node->meta.name));
      names.push_back(node->meta.name);
    }
    return names;
  }

  int version = 100'000;
  kube::Store<api::Node> nodes;
  MarkedNodesIndex index{planner::IsMarked};
};

TEST_CASE("marked nodes are found in the natural order of their names", "[core]") {
  Bench bench;
  CHECK(bench.Marked().empty());
  bench.Adopt(Worker("n10").CordonedByUs());
  bench.Adopt(Worker("n1"));
  bench.Adopt(Worker("n2").CordonedByUs());
  bench.Adopt(Worker("n3").Cordoned());
  CHECK(bench.Marked() == Names{"n2", "n10"});
  CHECK(bench.Marked() == Names{"n2", "n10"});
}

TEST_CASE("marks that come and go are followed, and nodes that do", "[core]") {
  Bench bench;
  bench.Adopt(Worker("n1").CordonedByUs());
  bench.Adopt(Worker("n2"));
  CHECK(bench.Marked() == Names{"n1"});
  bench.Adopt(Worker("n2").Annotation(api::kCordonedBy, "another/uid"));
  CHECK(bench.Marked() == Names{"n1", "n2"});
  bench.Adopt(Worker("n1"));
  CHECK(bench.Marked() == Names{"n2"});
  bench.Adopt(Worker("n3").CordonedByUs());
  bench.Remove("n2");
  CHECK(bench.Marked() == Names{"n3"});
  bench.Adopt(Worker("n3").CordonedByUs().NotReady());
  CHECK(bench.Marked() == Names{"n3"});
  bench.Remove("n3");
  bench.Adopt(Worker("n3").CordonedByUs());
  CHECK(bench.Marked() == Names{"n3"});
}

TEST_CASE("more changes than the store remembers are followed as well", "[core]") {
  Bench bench;
  bench.Adopt(Worker("n1").CordonedByUs());
  bench.Adopt(Worker("n2"));
  CHECK(bench.Marked() == Names{"n1"});
  bench.Adopt(Worker("n1"));
  bench.Adopt(Worker("n2").CordonedByUs());
  for (int i = 0; i < 1'500; ++i) {
    bench.Adopt(Worker("n3").At(std::to_string(i)));
  }
  CHECK(bench.Marked() == Names{"n2"});
}

}  // namespace
}  // namespace cu::core
