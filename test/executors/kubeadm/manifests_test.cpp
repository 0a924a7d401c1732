#include "node/manifests.hpp"

#include <catch2/catch.hpp>

#include "fake_node.hpp"

namespace cu::node {

TEST_CASE("a manifest gives its tag, its command and its own server") {
  const auto manifest = ParseManifest(ManifestText(kApiServer, kNew));
  REQUIRE(manifest);
  CHECK(manifest->tag == kNew);
  CHECK(manifest->command.front() == kApiServer);
  CHECK(UsesStackedEtcd(*manifest));
  CHECK(OwnServer(*manifest) == "https://10.0.0.1:6443");
}

TEST_CASE("without kubeadm's annotation the flags say where the API server is") {
  Manifest manifest;
  manifest.command = {"kube-apiserver", "--advertise-address=fd00::1", "--secure-port=7443"};
  CHECK(OwnServer(manifest) == "https://[fd00::1]:7443");
  CHECK_FALSE(UsesStackedEtcd(manifest));
}

TEST_CASE("no part of a manifest that lacks an image or a volume is taken for a whole one") {
  const std::string whole = ManifestText(kEtcd, kOld);
  const std::size_t last = whole.find("    name: certs\nstatus");
  for (std::size_t size = 0; size < last + 4; ++size) {
    INFO(size);
    CHECK_FALSE(ParseManifest(whole.substr(0, size)));
  }
  CHECK(ParseManifest(whole));
  CHECK_FALSE(ParseManifest("kind: Pod\nspec: {containers: []}\n"));
  CHECK_FALSE(ParseManifest("- a\n- b: [\n"));
}

TEST_CASE("a tag is a version with or without an ending, but not a longer number") {
  CHECK(TagIs("v1.36.3", "v1.36.3"));
  CHECK(TagIs("v1.36.3-fips", "v1.36.3"));
  CHECK_FALSE(TagIs("v1.36.30", "v1.36.3"));
  CHECK_FALSE(TagIs("v1.36.2", "v1.36.3"));
  CHECK_FALSE(TagIs("", ""));
}

TEST_CASE("etcd's tags are ordered by their numbers") {
  CHECK(OlderTag("3.6.8-0", "3.6.10-0"));
  CHECK_FALSE(OlderTag("3.6.8-0", "3.6.8-0"));
  CHECK_FALSE(OlderTag("3.7.0-0", "3.6.8-0"));
}

}  // namespace cu::node
