#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "codec/kinds.hpp"

namespace cu::kube {

/// A collection to list and watch. Selectors as written in the API, not encoded:
/// "spec.nodeName=a", "clusterupgrade.io/upgrade".
struct Collection {
  std::string path;
  std::string field_selector;
  std::string label_selector;
};

/// Targets of requests: path and query, with names and values percent-encoded.
namespace paths {

/// RFC 3986: everything but letters, digits and "-._~" as %XX.
std::string Encode(std::string_view text);
/// `path` with a query, or with more of it.
std::string WithQuery(std::string path,
                      const std::vector<std::pair<std::string, std::string>>& query);
/// For server-side apply. `force` takes fields over from other managers: never for fields that a
/// person may have set.
std::string WithFieldManager(std::string path, std::string_view manager, bool force = false);
/// The server judges only (dryRun=All).
std::string WithDryRun(std::string path);

/// A kind's collection: in all namespaces, or in one.
std::string All(const codec::Resource& kind);
std::string In(const codec::Resource& kind, std::string_view ns);
/// One object: of a cluster-scoped kind, or of a namespaced one.
std::string One(const codec::Resource& kind, std::string_view name);
std::string One(const codec::Resource& kind, std::string_view ns, std::string_view name);
/// The same by the type of the kind (codec/kinds.hpp): One<api::Pod>(ns, name).
template <class T>
std::string All() {
  return All(codec::kResource<T>);
}
template <class T>
std::string In(std::string_view ns) {
  return In(codec::kResource<T>, ns);
}
template <class T, class... Name>
std::string One(Name&&... name) {
  return One(codec::kResource<T>, std::forward<Name>(name)...);
}

std::string Status(std::string object);  ///< the subresource
std::string Eviction(std::string_view ns, std::string_view pod);
std::string AccessReviews();              ///< SelfSubjectAccessReview
std::string Events(std::string_view ns);  ///< events.k8s.io/v1
std::string Version();
std::string KeySet();

}  // namespace paths
}  // namespace cu::kube
