#pragma once
#include <map>
#include <string>
#include <vector>

#include "api/cluster_upgrade.hpp"
#include "api/objects.hpp"
#include "base/result.hpp"

/// JSON to api structs; the only place, with encode/, that knows field names. Unknown fields are
/// ignored, missing ones take the API's defaults. Errors are kMalformed and name the path.
///
/// One object must not hide the others of its collection: in a page or a watch one that has an
/// identity (name, namespace, UID, resourceVersion) is taken with what can be read of it.
namespace cu::codec {

/// T is one of the kinds in kinds.hpp.
/// An error if anything of it cannot be read.
template <class T>
base::Result<T> Decode(const std::string& json);

template <class T>
struct Page {
  std::vector<T> items;
  std::string continue_token;  ///< "" on the last page
  std::string resource_version;
  /// By Metadata::Key of items that are not wholly readable: the first thing that is not.
  std::map<std::string, std::string> unreadable;
};
/// One page of a list. Drops managedFields and images while parsing (memory).
template <class T>
base::Result<Page<T>> DecodePage(const std::string& json);

/// metav1.Status, the body of every refusal.
struct ApiStatus {
  struct Cause {
    std::string reason;
    std::string message;
    std::string field;
  };
  int code = 0;
  std::string reason;  ///< "Conflict", "AlreadyExists", …
  std::string message;
  int retry_after_seconds = 0;
  std::vector<Cause> causes;
};
/// A body that is no Status gives an empty one: proxies answer with anything.
ApiStatus DecodeApiStatus(const std::string& json);

enum class WatchType { kAdded, kModified, kDeleted, kBookmark, kError };
template <class T>
struct WatchEvent {
  WatchType type = WatchType::kError;
  T object;                ///< kBookmark: only meta.resource_version
  ApiStatus status;        ///< kError
  std::string unreadable;  ///< the first thing in `object` that cannot be read, or ""
};
/// One line of a watch.
template <class T>
base::Result<WatchEvent<T>> DecodeWatchEvent(const std::string& line);

/// status.allowed of a SelfSubjectAccessReview; anything else is no.
bool DecodeAccessAllowed(const std::string& json);

/// gitVersion of GET /version, "v1.36.3".
base::Result<std::string> DecodeServerVersion(const std::string& json);

}  // namespace cu::codec
