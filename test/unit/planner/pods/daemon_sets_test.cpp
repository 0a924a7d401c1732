#include "planner/pods/daemon_sets.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/planner/builders.hpp"

using namespace cu;
using namespace cu::planner;

namespace {

using Names = std::vector<std::string>;

class Pods {
 public:
  void Add(const api::Pod& pod) { pods_[pod.meta.Key()] = pod; }
  ReadyDaemonSets Find(const Names& before = {}) const {
    return FindReadyDaemonSets(pods_, before);
  }

 private:
  api::ObjectMap<api::Pod> pods_;
};

}  // namespace

TEST_CASE("DaemonSets that were Ready are remembered, others not", "[planner]") {
  Pods pods;
  pods.Add(PodBuilder("a").OwnedBy("DaemonSet", "net"));
  pods.Add(PodBuilder("b").OwnedBy("DaemonSet", "logs").NotReady());
  pods.Add(PodBuilder("c").OwnedBy("DaemonSet", "old").Terminating(After(1), 1));
  pods.Add(PodBuilder("d"));
  CHECK(pods.Find().names == Names{"team-a/net"});
  CHECK(pods.Find({"team-a/old"}).names == Names{"team-a/old", "team-a/net"});
  CHECK(pods.Find().unchecked == 0);
}

TEST_CASE("no tenant pushes the network plugin out of the list", "[planner]") {
  Pods pods;
  for (int i = 0; i < 60; ++i) {
    const std::string name = "ds-" + std::to_string(i);
    pods.Add(PodBuilder(name).In("aaa").OwnedBy("DaemonSet", name));
  }
  for (int i = 0; i < 60; ++i) {
    const std::string name = "system-" + std::to_string(i);
    pods.Add(PodBuilder(name).In("kube-system").OwnedBy("DaemonSet", name));
  }
  api::Pod critical = PodBuilder("csi").In("storage").OwnedBy("DaemonSet", "csi");
  critical.node_critical = true;
  pods.Add(critical);
  const ReadyDaemonSets found = pods.Find();
  const auto has = [&](const std::string& name) {
    return std::find(found.names.begin(), found.names.end(), name) != found.names.end();
  };
  CHECK(found.names.size() == 110);
  CHECK(found.unchecked == 11);
  CHECK(has("kube-system/system-59"));
  CHECK(has("storage/csi"));
}
