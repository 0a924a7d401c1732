#include "planner/pods/pod_owner.hpp"

#include <catch2/catch.hpp>

#include "unit/planner/builders.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("a workload is the controller, or the Deployment of a ReplicaSet", "[planner]") {
  const api::Pod set = PodBuilder("db-0").OwnedBy("StatefulSet", "db");
  CHECK(WorkloadOf(set).kind == "StatefulSet");
  CHECK(WorkloadOf(set).Key() == "team-a/db");
  const api::Pod web =
      PodBuilder("web-5f-x").OwnedBy("ReplicaSet", "web-5f").Label("pod-template-hash", "5f");
  CHECK(WorkloadOf(web).kind == "Deployment");
  CHECK(WorkloadOf(web).Key() == "team-a/web");
  const api::Pod plain = PodBuilder("web-x").OwnedBy("ReplicaSet", "web");
  CHECK(WorkloadOf(plain).kind == "ReplicaSet");
}
