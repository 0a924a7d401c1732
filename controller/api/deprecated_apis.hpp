#pragma once
#include <string>
#include <vector>

namespace cu::api {

/// A version of a resource that clients have requested although a release removes it.
struct DeprecatedApi {
  std::string group;  ///< "" of the core group
  std::string version;
  std::string resource;
  std::string removed_release;  ///< "1.25"
  bool operator==(const DeprecatedApi&) const = default;
};

/// What an API server says of those that it was asked for since it was started.
struct DeprecatedApis {
  bool known = false;
  std::vector<DeprecatedApi> apis;
  std::string problem;  ///< why they are not known, or ""
  bool operator==(const DeprecatedApis&) const = default;
};

}  // namespace cu::api
