#include "codec/decode/read_workload_pod.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "codec/decode.hpp"

namespace cu::codec {
namespace {

using nlohmann::json;

json Pod() {
  return {
      {"metadata",
       {{"name", "web-1"},
        {"namespace", "shop"},
        {"uid", "u1"},
        {"resourceVersion", "7"},
        {"labels", {{"pod-template-hash", "5d4f"}}},
        {"ownerReferences",
         {{{"kind", "ReplicaSet"}, {"name", "web-5d4f"}, {"uid", "r"}, {"controller", true}}}}}},
      {"spec", {{"nodeName", "w-1"}, {"restartPolicy", "Always"}}},
      {"status",
       {{"phase", "Running"}, {"conditions", {{{"type", "Ready"}, {"status", "True"}}}}}}};
}

api::WorkloadPod Decoded(const json& pod) {
  return Decode<api::WorkloadPod>(pod.dump()).value();
}

TEST_CASE("a pod is read as far as its workload's count needs it", "[codec]") {
  const api::WorkloadPod pod = Decoded(Pod());
  CHECK(pod.meta.Key() == "shop/web-1");
  CHECK(pod.meta.uid == "u1");
  CHECK(pod.meta.resource_version == "7");
  REQUIRE(pod.workload.has_value());
  CHECK(pod.workload->Text() == "Deployment shop/web");
  CHECK(pod.node == "w-1");
  CHECK(pod.ready);
  CHECK_FALSE(pod.terminating);
  CHECK_FALSE(pod.finished);
}

TEST_CASE("a terminating pod is not Ready, whatever its condition says", "[codec]") {
  json object = Pod();
  object["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
  const api::WorkloadPod pod = Decoded(object);
  CHECK(pod.terminating);
  CHECK_FALSE(pod.ready);
}

TEST_CASE("pods that end by themselves belong to no workload that is waited for", "[codec]") {
  for (const char* policy : {"Never", "OnFailure"}) {
    json object = Pod();
    object["spec"]["restartPolicy"] = policy;
    CHECK_FALSE(Decoded(object).workload.has_value());
  }
  json object = Pod();
  object["status"]["phase"] = "Succeeded";
  CHECK(Decoded(object).finished);
}

TEST_CASE("two states that count the same are equal, whatever their version", "[codec]") {
  json later = Pod();
  later["metadata"]["resourceVersion"] = "8";
  later["metadata"]["annotations"]["a"] = "b";
  CHECK(Decoded(Pod()) == Decoded(later));
  later["status"]["conditions"][0]["status"] = "False";
  CHECK_FALSE(Decoded(Pod()) == Decoded(later));
}

}  // namespace
}  // namespace cu::codec
