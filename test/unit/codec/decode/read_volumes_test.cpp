#include "codec/decode/read_volumes.hpp"

#include <catch2/catch.hpp>

#include "codec/decode.hpp"

using namespace cu;

TEST_CASE("an attachment names its node and its volume", "[codec]") {
  const auto attachment = codec::Decode<api::VolumeAttachment>(
      R"({"metadata":{"name":"csi-1"},
          "spec":{"attacher":"csi","nodeName":"worker-1","source":{"persistentVolumeName":"pv-1"}}})");
  REQUIRE(attachment.ok());
  CHECK(attachment->node == "worker-1");
  CHECK(attachment->volume == "pv-1");
}

TEST_CASE("a volume names its claim and where it can be used", "[codec]") {
  const auto volume = codec::Decode<api::PersistentVolume>(
      R"({"metadata":{"name":"pv-1"},"spec":{"claimRef":{"namespace":"shop","name":"data-0"},
          "nodeAffinity":{"required":{"nodeSelectorTerms":[{"matchExpressions":[
            {"key":"kubernetes.io/hostname","operator":"In","values":["worker-1"]}]}]}}}})");
  REQUIRE(volume.ok());
  CHECK(volume->claim == "shop/data-0");
  REQUIRE(volume->placement.required.has_value());
  CHECK(volume->placement.required->front().labels.front().values.front() == "worker-1");
}

TEST_CASE("a volume that nobody has claimed has no claim and is usable everywhere", "[codec]") {
  const auto volume = codec::Decode<api::PersistentVolume>(R"({"metadata":{"name":"pv-1"}})");
  REQUIRE(volume.ok());
  CHECK(volume->claim.empty());
  CHECK_FALSE(volume->placement.required.has_value());
}
