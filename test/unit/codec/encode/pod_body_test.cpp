#include "codec/encode/pod_body.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "codec/decode.hpp"
#include "unit/codec/testdata.hpp"

using namespace cu;
using codec::Decode;
using nlohmann::json;

namespace {

/// A pod as a server of v1.36.3 shows it, with classes, an injected token and a debug container.
json PodOfServer() {
  return json::parse(Testdata("pod_alone.json"));
}

}  // namespace

TEST_CASE("an eviction holds for one UID, with a grace period only where one is given", "[codec]") {
  CHECK(codec::EvictionBody("team-a", "web-1", "u1", std::nullopt) ==
        R"({"apiVersion":"policy/v1","deleteOptions":{"preconditions":{"uid":"u1"}},)"
        R"("kind":"Eviction","metadata":{"name":"web-1","namespace":"team-a"}})");
  CHECK(json::parse(codec::EvictionBody("n", "p", "u", 0))["deleteOptions"] ==
        json{{"preconditions", {{"uid", "u"}}}, {"gracePeriodSeconds", 0}});
}

TEST_CASE("a PodTemplate read back gives the pod that was saved", "[codec]") {
  const auto whole = Decode<api::WholePod>(PodOfServer().dump());
  REQUIRE(whole.ok());
  const api::PodToSave to_save{"default",
                               "cu-db-primary-0123456789ab",
                               "db.primary",
                               "old-uid",
                               "worker-1",
                               "production",
                               "upgrade-uid",
                               whole->manifest};
  const std::string body = codec::PodTemplateBody(to_save);
  const auto saved = Decode<api::SavedPod>(body);
  REQUIRE(saved.ok());
  CHECK(saved->meta.labels == api::StringMap{{"clusterupgrade.io/saved-pod", "true"}});
  CHECK(saved->meta.annotations == api::StringMap{{"clusterupgrade.io/upgrade", "production"},
                                                  {"clusterupgrade.io/upgrade-uid", "upgrade-uid"},
                                                  {"clusterupgrade.io/pod-name", "db.primary"},
                                                  {"clusterupgrade.io/pod-uid", "old-uid"},
                                                  {"clusterupgrade.io/pod-node", "worker-1"}});
  CHECK(saved->manifest == whole->manifest);
  CHECK(saved->digest == api::DigestOf(to_save));
  // What the server adds to a template changes nothing.
  json defaulted = json::parse(body);
  defaulted["template"]["spec"]["schedulerName"] = "default-scheduler";
  CHECK(Decode<api::SavedPod>(defaulted.dump())->digest == saved->digest);

  const json pod = json::parse(codec::RecreatedPodBody(
      {"default", "db.primary", "old-uid", saved->manifest, saved->digest}));
  CHECK(pod["metadata"]["annotations"]["clusterupgrade.io/saved-digest"] == saved->digest);
  CHECK(pod["kind"] == "Pod");
  CHECK(pod["metadata"]["name"] == "db.primary");
  CHECK(pod["metadata"]["namespace"] == "default");
  CHECK(pod["metadata"]["labels"]["clusterupgrade.io/saved-pod"] == "true");
  CHECK(pod["metadata"]["labels"]["app"] == "db");
  CHECK(pod["metadata"]["annotations"]["clusterupgrade.io/pod-uid"] == "old-uid");
  CHECK(pod["spec"] == json::parse(whole->manifest)["spec"]);
}

TEST_CASE("a PodTemplate that somebody has emptied gives a body all the same", "[codec]") {
  const auto saved = Decode<api::SavedPod>(R"({"metadata":{"name":"t"},"template":null})");
  REQUIRE(saved.ok());
  for (const std::string& manifest : {saved->manifest, std::string("[]"), std::string("{")}) {
    const json pod = json::parse(codec::RecreatedPodBody({"n", "p", "u", manifest, "d"}));
    CHECK(pod["metadata"]["name"] == "p");
  }
  const json odd = json::parse(codec::RecreatedPodBody({"n", "p", "u", R"({"metadata":3})", "d"}));
  CHECK(odd["metadata"]["name"] == "p");
}
