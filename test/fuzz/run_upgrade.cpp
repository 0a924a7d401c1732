#include <string>

#include <nlohmann/json.hpp>

#include "codec/decode.hpp"
#include "codec/encode/upgrade_patch.hpp"
#include "target.hpp"

namespace cu::fuzz {

/// What is written of a status is read back as the same, however it came to be.
void RunUpgrade(std::string_view input) {
  const auto upgrade = codec::Decode<api::ClusterUpgrade>(std::string(input));
  if (!upgrade.ok()) {
    Require(upgrade.error().kind == base::ErrorKind::kMalformed,
            "what cannot be read is malformed");
    return;
  }
  const std::string first = codec::StatusPatch("1", upgrade->status);
  const nlohmann::json patch = nlohmann::json::parse(first);
  const nlohmann::json object = {{"metadata", {{"name", "a"}}},
                                 {"status", patch.at(1).at("value")}};
  const auto again = codec::Decode<api::ClusterUpgrade>(object.dump());
  Require(again.ok(), "a status that was written can be read");
  Require(codec::StatusPatch("1", again->status) == first,
          "a status that was read is written as it was");
}

}  // namespace cu::fuzz
