#include "codec/decode/read_whole_pod.hpp"

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

json ManifestOf(const json& pod) {
  const auto whole = Decode<api::WholePod>(pod.dump());
  REQUIRE(whole.ok());
  return json::parse(whole->manifest);
}

json ManifestWithSpec(const json& spec) {
  return ManifestOf({{"metadata", {{"name", "p"}}}, {"spec", spec}});
}

json Token(const std::string& name) {
  return {{"name", name}, {"projected", {{"sources", {{{"serviceAccountToken", {}}}}}}}};
}

}  // namespace

TEST_CASE("a saved pod keeps what its owner wrote", "[codec]") {
  const json pod = PodOfServer();
  const json manifest = ManifestOf(pod);
  CHECK(manifest["metadata"]["labels"] == json{{"app", "db"}, {"status", "active"}});
  CHECK(manifest["metadata"]["annotations"] == json{{"note", "mine"}});
  const json& spec = manifest["spec"];
  for (const char* name : {"priorityClassName",
                           "runtimeClassName",
                           "hostname",
                           "subdomain",
                           "tolerations",
                           "nodeSelector",
                           "restartPolicy",
                           "serviceAccountName",
                           "terminationGracePeriodSeconds"}) {
    CAPTURE(name);
    CHECK(spec.at(name) == pod["spec"].at(name));
  }
  CHECK(spec["containers"][0]["env"] == pod["spec"]["containers"][0]["env"]);
  CHECK(spec["containers"][0]["resources"] == pod["spec"]["containers"][0]["resources"]);
}

TEST_CASE("a saved pod is free of what the cluster has added to the one instance", "[codec]") {
  const json manifest = ManifestOf(PodOfServer());
  for (const char* name : {"nodeName",
                           "ephemeralContainers",
                           "serviceAccount",
                           "priority",
                           "preemptionPolicy",
                           "overhead"}) {
    CAPTURE(name);
    CHECK_FALSE(manifest["spec"].contains(name));
  }
  CHECK(manifest["spec"]["volumes"] == json::parse(R"([{"name":"data","emptyDir":{}}])"));
  CHECK(manifest["spec"]["containers"][0]["volumeMounts"] ==
        json::parse(R"([{"name":"data","mountPath":"/data"}])"));
  CHECK(manifest["spec"]["initContainers"][0]["volumeMounts"].empty());
  CHECK(manifest["metadata"].size() == 3);
  CHECK_FALSE(manifest.contains("status"));
}

TEST_CASE("a saved pod keeps its owners without holding them back", "[codec]") {
  const json owners = ManifestOf(PodOfServer())["metadata"]["ownerReferences"];
  REQUIRE(owners.size() == 1);
  CHECK(owners[0]["name"] == "settings");
  CHECK_FALSE(owners[0].contains("blockOwnerDeletion"));
  CHECK_FALSE(
      ManifestWithSpec({{"containers", json::array()}})["metadata"].contains("ownerReferences"));
}

TEST_CASE("a token volume of the owner's own stays where it was asked for", "[codec]") {
  const json own = {{"volumes", {Token("kube-api-access-mine")}}};
  CHECK(ManifestWithSpec(own)["spec"]["volumes"].size() == 1);
  const json forbidden = {{"volumes", {Token("kube-api-access-x7k2p")}},
                          {"automountServiceAccountToken", false}};
  CHECK(ManifestWithSpec(forbidden)["spec"]["volumes"].size() == 1);
  const json added = {{"volumes", {Token("kube-api-access-x7k2p")}}};
  CHECK(ManifestWithSpec(added)["spec"]["volumes"].empty());
}

TEST_CASE("a pod without a spec has no manifest, an odd one does no harm", "[codec]") {
  const auto bare = Decode<api::WholePod>(R"({"metadata":{"name":"p"}})");
  REQUIRE(bare.ok());
  CHECK(bare->manifest.empty());
  const auto odd = Decode<api::WholePod>(
      R"({"metadata":{"name":"p","labels":3,"ownerReferences":["x"]},)"
      R"("spec":{"volumes":[1,{"name":2}],"containers":[7,{"volumeMounts":[8]}]}})");
  CHECK_FALSE(odd.ok());
}
