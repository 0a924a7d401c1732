#include "planner/gates/removed_apis.hpp"

#include <algorithm>
#include <optional>
#include <string>

namespace cu::planner {
namespace {

using api::FindingType;

/// The oldest API server that is seen.
std::optional<Version> OldestApiServer(const Planning& planning) {
  std::optional<Version> oldest;
  for (const NodeView& view : planning.nodes()) {
    const std::optional<Version>& version = view.scoped->ApiVersion();
    if (view.api_server && version) {
      oldest = oldest ? std::min(*oldest, *version) : *version;
    }
  }
  return oldest;
}

/// The way of the API servers in minors, if it has any.
struct Way {
  Version from;
  Version to;
};

std::optional<Way> WayOf(const Planning& planning) {
  const std::optional<Version> from = OldestApiServer(planning);
  const std::optional<Version>& to = planning.target().version;
  if (!from || !to || MinorsBetween(*from, *to) <= 0) {
    return std::nullopt;
  }
  return Way{*from, *to};
}

/// "podsecuritypolicies.v1beta1.policy", as kubectl takes it.
std::string NameOf(const api::DeprecatedApi& api) {
  return api.resource + "." + api.version + (api.group.empty() ? "" : "." + api.group);
}

bool IsRemoved(const api::DeprecatedApi& api, const Way& way) {
  const auto removed = ParseVersion("v" + api.removed_release + ".0");
  return removed && MinorsBetween(way.from, *removed) > 0 && MinorsBetween(*removed, way.to) >= 0;
}

}  // namespace

bool PassesMinors(const Planning& planning) {
  return WayOf(planning).has_value();
}

bool FindRemovedApis(const Planning& planning, FindingBook& book) {
  const std::optional<Way> way = WayOf(planning);
  if (!way) {
    return true;
  }
  const api::DeprecatedApis* asked = planning.world().deprecated_apis;
  if (asked == nullptr || (!asked->known && asked->problem.empty())) {
    return false;
  }
  if (!asked->known) {
    book.Add(Finding::Warns(
        FindingType::kRemovedApiInUse,
        planning.upgrade().meta.name,
        "whether clients request APIs that " + planning.target().text +
            " serves no longer is not known: GET /metrics failed: " + asked->problem));
  }
  for (const api::DeprecatedApi& api : asked->apis) {
    if (IsRemoved(api, *way)) {
      book.Add(Finding::Blocks(FindingType::kRemovedApiInUse,
                               NameOf(api),
                               "clients have requested it since the API server was started, and v" +
                                   api.removed_release +
                                   " serves it no longer: the API server's audit log names them "
                                   "(annotation k8s.io/removed-release)"));
    }
  }
  return true;
}

}  // namespace cu::planner
