#include "api/cluster_upgrade.hpp"

namespace cu::api {

std::string LineOf(const Warning& warning) {
  return IsOfPreflight(warning.type)
             ? NameOf(warning.type) + " " + warning.object + ": " + warning.message
             : warning.message;
}

}  // namespace cu::api
