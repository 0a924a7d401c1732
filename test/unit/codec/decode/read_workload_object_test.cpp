#include "codec/decode/read_workload_object.hpp"

#include <catch2/catch.hpp>

#include "codec/decode.hpp"
#include "unit/codec/testdata.hpp"

using namespace cu;
using codec::Decode;

TEST_CASE("what asks for pods tells how many, and the wishes of its owner", "[codec]") {
  const std::string text =
      R"({"metadata":{"name":"web","namespace":"shop","annotations":{
          "clusterupgrade.io/refresh":"Skip","deployment.kubernetes.io/revision":"3"}},
          "spec":{"replicas":3,"template":{"metadata":{"annotations":{
          "kubectl.kubernetes.io/restartedAt":"2026-11-30T10:00:00Z"}},
          "spec":{"containers":[{"name":"a"}]}}},"status":{"replicas":7}})";
  const auto check = [](const auto& read) {
    REQUIRE(read.ok());
    CHECK(read->meta.Key() == "shop/web");
    CHECK(read->pods == 3);
    CHECK(read->restarted == base::ParseTime("2026-11-30T10:00:00Z"));
    CHECK(read->meta.annotations == api::StringMap{{"clusterupgrade.io/refresh", "Skip"}});
  };
  check(Decode<api::Deployment>(text));
  check(Decode<api::StatefulSet>(text));
  check(Decode<api::ReplicaSet>(text));
  check(Decode<api::ReplicationController>(text));
}

TEST_CASE("a DaemonSet tells which nodes it is for, and how many pods that makes", "[codec]") {
  const auto set = Decode<api::DaemonSet>(
      R"({"metadata":{"name":"net","namespace":"kube-system"},"spec":{"template":{"spec":{
          "nodeSelector":{"gpu":"yes"},"containers":[{"name":"a"}]}}},
          "status":{"desiredNumberScheduled":3}})");
  REQUIRE(set.ok());
  CHECK(set->meta.Key() == "kube-system/net");
  CHECK(set->placement.Fits("a", {{"gpu", "yes"}}));
  CHECK_FALSE(set->placement.Fits("a", {}));
  CHECK(set->pods == 3);
}

TEST_CASE("some workloads replace their pods when their template changes", "[codec]") {
  const auto rolls_out = [](const auto& read) { return read.ok() && read->rolls_out; };
  const auto of = [](const std::string& spec) {
    return R"({"metadata":{"name":"web"},"spec":)" + spec + "}";
  };
  CHECK(rolls_out(Decode<api::Deployment>(of("{}"))));
  CHECK_FALSE(rolls_out(Decode<api::Deployment>(of(R"({"paused":true})"))));
  const std::string on_delete = of(R"({"updateStrategy":{"type":"OnDelete"}})");
  CHECK(rolls_out(Decode<api::StatefulSet>(of("{}"))));
  CHECK_FALSE(rolls_out(Decode<api::StatefulSet>(on_delete)));
  CHECK_FALSE(rolls_out(Decode<api::StatefulSet>(
      of(R"({"updateStrategy":{"type":"RollingUpdate","rollingUpdate":{"partition":2}}})"))));
  CHECK(rolls_out(Decode<api::DaemonSet>(of("{}"))));
  CHECK_FALSE(rolls_out(Decode<api::DaemonSet>(on_delete)));
  CHECK_FALSE(rolls_out(Decode<api::ReplicaSet>(of("{}"))));
  CHECK_FALSE(rolls_out(Decode<api::ReplicationController>(of("{}"))));
}

TEST_CASE("what asks for pods tells by which labels", "[codec]") {
  const std::string labels = R"({"metadata":{"name":"web"},"spec":{"selector":{
      "matchLabels":{"app":"web"},"matchExpressions":[
      {"key":"tier","operator":"In","values":["a","b"]},{"key":"old","operator":"DoesNotExist"}]}}})";
  CHECK(Decode<api::Deployment>(labels)->selector == "app=web,tier in (a,b),!old");
  CHECK(Decode<api::ReplicationController>(
            R"({"metadata":{"name":"web"},"spec":{"selector":{"app":"web","x":"y"}}})")
            ->selector == "app=web,x=y");
}

TEST_CASE("what cannot be read of it is left out", "[codec]") {
  const auto odd = Decode<api::Deployment>(
      R"({"metadata":{"name":"web"},"spec":{"replicas":-1,"template":{"metadata":{"annotations":{
          "kubectl.kubernetes.io/restartedAt":"yesterday"}}}}})");
  CHECK_FALSE((odd.ok() && odd->pods));
  CHECK_FALSE((odd.ok() && odd->restarted));
}
