#include "planner/gates/api_version.hpp"

#include <string>

#include <catch2/catch.hpp>

#include "unit/planner/snapshot.hpp"

using namespace cu;
using namespace cu::planner;

TEST_CASE("the API server's version is waited for where no node runs one", "[planner]") {
  Scene scene;
  scene.server_version = kNew;
  scene.Add(Worker("w"));
  SECTION("only workers are nodes") {}
  SECTION("of the control plane only etcd is") {
    scene.Add(NodeBuilder("etcd").Label(api::kEtcdLabel));
  }
  const Asking before(AskApiVersion, scene);
  CHECK(before.reason() == "WaitingForServerVersion");
  CHECK(before.result().hold->kind == Hold::Kind::kPassing);
  scene.open.insert({WatchKind::kServerVersion, ""});
  CHECK(Asking(AskApiVersion, scene).reason().empty());
}

TEST_CASE("the version of an API server that is a node is known", "[planner]") {
  Scene scene;
  scene.Add(Worker("w")).Add(ControlPlaneNode("m"));
  CHECK(Asking(AskApiVersion, scene).reason().empty());
}
