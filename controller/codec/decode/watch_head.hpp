#pragma once
#include <optional>
#include <string>

namespace cu::codec {

/// Which object, in which version, a line of a watch is about.
struct WatchHead {
  std::string type;  ///< "ADDED", "MODIFIED", …
  std::string ns;
  std::string name;
  std::string resource_version;
};

/// Reads no further than the object's metadata, for who may know that version already. None for
/// what is not laid out as the API server does it: the type first, nothing missing.
std::optional<WatchHead> PeekWatchHead(const std::string& line);

}  // namespace cu::codec
