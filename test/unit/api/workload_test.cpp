#include "api/workload.hpp"

#include <catch2/catch.hpp>

namespace cu::api {
namespace {

Metadata Pod(const std::string& kind, const std::string& owner, StringMap labels = {}) {
  Metadata pod;
  pod.ns = "shop";
  pod.name = "web-1";
  pod.controller = Owner{kind, owner, "uid"};
  pod.labels = std::move(labels);
  return pod;
}

std::string Named(const Metadata& pod) {
  const auto workload = WorkloadOf(pod);
  return workload ? workload->Text() : "-";
}

TEST_CASE("the pods of a Deployment's ReplicaSets are one workload", "[api]") {
  CHECK(Named(Pod("ReplicaSet", "web-5d4f", {{"pod-template-hash", "5d4f"}})) ==
        "Deployment shop/web");
  CHECK(Named(Pod("ReplicaSet", "web-77aa", {{"pod-template-hash", "77aa"}})) ==
        "Deployment shop/web");
  CHECK(Named(Pod("ReplicaSet", "web-9", {{"rollouts-pod-template-hash", "9"}})) ==
        "Rollout shop/web");
}

TEST_CASE("a ReplicaSet whose name does not end with the hash is its own workload", "[api]") {
  CHECK(Named(Pod("ReplicaSet", "web-5d4f")) == "ReplicaSet shop/web-5d4f");
  CHECK(Named(Pod("ReplicaSet", "web", {{"pod-template-hash", "5d4f"}})) == "ReplicaSet shop/web");
  CHECK(Named(Pod("ReplicaSet", "-5d4f", {{"pod-template-hash", "5d4f"}})) ==
        "ReplicaSet shop/-5d4f");
  CHECK(Named(Pod("ReplicaSet", "web-", {{"pod-template-hash", ""}})) == "ReplicaSet shop/web-");
}

TEST_CASE("other controllers are the workload, and pods that belong to their node have none",
          "[api]") {
  CHECK(Named(Pod("StatefulSet", "db")) == "StatefulSet shop/db");
  CHECK(Named(Pod("CloneSet", "web", {{"pod-template-hash", "x"}})) == "CloneSet shop/web");
  CHECK(Named(Pod("DaemonSet", "net")) == "-");
  CHECK(Named(Pod("Node", "w-1")) == "-");
  Metadata bare = Pod("Node", "w-1");
  bare.controller.reset();
  CHECK(Named(bare) == "-");
}

}  // namespace
}  // namespace cu::api
