#include "codec/decode/read_job.hpp"

#include <catch2/catch.hpp>

#include "codec/decode.hpp"
#include "unit/codec/testdata.hpp"

using namespace cu;
using codec::Decode;

TEST_CASE("a Job is failed by its condition Failed, not by FailureTarget", "[codec]") {
  const auto failed = Decode<api::Job>(Testdata("job.json"));
  REQUIRE(failed.ok());
  CHECK(failed->failed);
  CHECK_FALSE(failed->complete);
  CHECK(failed->failure_reason == "BackoffLimitExceeded");
  CHECK(failed->failure_message == "Job has reached the specified backoff limit");
  CHECK(failed->ttl_seconds == 3600);
  CHECK(failed->meta.annotations == api::StringMap{{"clusterupgrade.io/attempt", "2"},
                                                   {"clusterupgrade.io/version", "v1.36.3+k3s1"}});
  CHECK(failed->meta.labels.at("clusterupgrade.io/version") == "v1.36.3_k3s1");

  const auto failing = Decode<api::Job>(
      R"({"metadata":{"name":"j"},"status":{"conditions":[{"type":"FailureTarget","status":"True"},
          {"type":"Failed","status":"False","reason":"x"}]}})");
  REQUIRE(failing.ok());
  CHECK_FALSE(failing->failed);
  CHECK(failing->failure_reason.empty());

  const auto complete = Decode<api::Job>(
      R"({"metadata":{"name":"j"},"status":{"conditions":[{"type":"Complete","status":"True"}]}})");
  REQUIRE(complete.ok());
  CHECK(complete->complete);
}

TEST_CASE("a Job says where its pod runs, and whether somebody has suspended it", "[codec]") {
  const auto job = Decode<api::Job>(
      R"({"metadata":{"name":"j"},"spec":{"suspend":true,"template":{"spec":{"nodeName":"w",
          "containers":[{"name":"c"}],"affinity":{"nodeAffinity":{
          "requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchFields":[
          {"key":"metadata.name","operator":"In","values":["w"]}]}]}}}}}}})");
  REQUIRE(job.ok());
  CHECK(job->suspended);
  CHECK(job->node_name == "w");
  REQUIRE(job->placement.required);
  CHECK(job->placement.required->at(0).fields.at(0).values == std::vector<std::string>{"w"});
  const auto plain = Decode<api::Job>(R"({"metadata":{"name":"j"}})");
  REQUIRE(plain.ok());
  CHECK_FALSE(plain->suspended);
  CHECK(plain->node_name.empty());
}
