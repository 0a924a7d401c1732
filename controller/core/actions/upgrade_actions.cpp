#include "core/actions/upgrade_actions.hpp"

#include <utility>

#include "codec/encode/upgrade_patch.hpp"
#include "kube/paths.hpp"

namespace cu::core {
namespace {

using port::Request;

void AdoptUpgrade(const std::string& body, Watches& watches) {
  if (auto upgrade = codec::Decode<api::ClusterUpgrade>(body); upgrade.ok()) {
    watches.upgrades().Adopt(std::move(upgrade).value());
  }
}

}  // namespace

Handling HandlingOf(const planner::SetFinalizer&) {
  Handling handling;
  handling.adopt = AdoptUpgrade;
  return handling;
}

base::Result<Request> RequestFor(const planner::SetFinalizer& action, const Place& place) {
  return Request::JsonPatch(kube::paths::One<api::ClusterUpgrade>(action.upgrade),
                            codec::FinalizersPatch(place.upgrade_version, action.wanted));
}

}  // namespace cu::core
