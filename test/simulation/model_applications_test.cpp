#include <algorithm>
#include <set>
#include <string>

#include <catch2/catch.hpp>

#include "model/cluster.hpp"

using namespace std::chrono_literals;
using cu::simulation::Cluster;
using cu::simulation::Kind;
using cu::simulation::Workload;

using cu::simulation::IsDeleting;
using cu::simulation::IsReadyPod;
using cu::simulation::NodeNameOf;
using cu::simulation::OwnerField;

namespace {

void RunFor(Cluster& cluster, cu::simulation::Duration duration) {
  bool over = false;
  cluster.timeline.After(duration, [&] { over = true; });
  while (!over && cluster.timeline.Step()) {
  }
}

/// Two nodes, and an application of that kind with so many pods that take 20 to 40 s to start.
Cluster& WithApplication(Cluster& cluster, const char* kind, int replicas) {
  cluster.kubelets.Join("n1", "v1.35.4", false);
  cluster.kubelets.Join("n2", "v1.35.4", false);
  Workload web{kind, "shop", "web", replicas, 2, false, ""};
  web.start_seconds = 40;
  web.spread = true;
  cluster.workloads.Add(web);
  return cluster;
}

int Ready(const Cluster& cluster) {
  int count = 0;
  for (const auto& [key, pod] : cluster.database.All(Kind::kPod)) {
    count += IsReadyPod(pod->value()) && !IsDeleting(pod->value()) ? 1 : 0;
  }
  return count;
}

std::set<std::string> NodesOfPods(const Cluster& cluster) {
  std::set<std::string> nodes;
  for (const auto& [key, pod] : cluster.database.All(Kind::kPod)) {
    nodes.insert(NodeNameOf(pod->value()));
  }
  return nodes;
}

}  // namespace

TEST_CASE("Pods of an application run before they are Ready, and are spread", "[model]") {
  Cluster cluster(1);
  WithApplication(cluster, "Deployment", 2);
  RunFor(cluster, 15s);
  CHECK(NodesOfPods(cluster) == std::set<std::string>{"n1", "n2"});
  CHECK(Ready(cluster) == 0);
  RunFor(cluster, 35s);
  CHECK(Ready(cluster) == 2);
}

TEST_CASE("A rollout replaces pods one at a time, never with fewer Ready", "[model]") {
  Cluster cluster(1);
  WithApplication(cluster, "Deployment", 3);
  RunFor(cluster, 60s);
  REQUIRE(Ready(cluster) == 3);
  cluster.workloads.RollOut(cluster.workloads.Applications().front());
  int least = 3;
  for (int i = 0; i < 400; ++i) {
    RunFor(cluster, 500ms);
    least = std::min(least, Ready(cluster));
  }
  CHECK(least == 3);
  CHECK(Ready(cluster) == 3);
  for (const auto& [key, pod] : cluster.database.All(Kind::kPod)) {
    CHECK(OwnerField(pod->value(), "name") == "web-2");
  }
}

TEST_CASE("An application is scaled and deleted", "[model]") {
  Cluster cluster(1);
  WithApplication(cluster, GENERATE("Deployment", "ReplicaSet", "StatefulSet"), 3);
  RunFor(cluster, 200s);
  REQUIRE(Ready(cluster) == 3);
  const std::string uid = cluster.workloads.Applications().front();
  cluster.workloads.Scale(uid, 1);
  RunFor(cluster, 10s);
  CHECK(Ready(cluster) == 1);
  cluster.workloads.Delete(uid);
  RunFor(cluster, 10s);
  CHECK(cluster.database.All(Kind::kPod).empty());
}

TEST_CASE("A StatefulSet of slow pods creates one after the other", "[model]") {
  Cluster cluster(1);
  WithApplication(cluster, "StatefulSet", 3);
  RunFor(cluster, 15s);
  CHECK(cluster.database.All(Kind::kPod).size() == 1);
  RunFor(cluster, 200s);
  CHECK(Ready(cluster) == 3);
}

TEST_CASE("The pods of a node that is unreachable are not Ready", "[model]") {
  Cluster cluster(1);
  WithApplication(cluster, "Deployment", 2);
  RunFor(cluster, 60s);
  REQUIRE(Ready(cluster) == 2);
  cluster.kubelets.Reboot("n1", 120s);
  RunFor(cluster, 45s);
  CHECK(Ready(cluster) == 1);
  RunFor(cluster, 200s);
  CHECK(Ready(cluster) == 2);
}
