#include "codec/encode/restart_body.hpp"

#include "codec/json.hpp"

namespace cu::codec {

std::string RestartPatch(const std::string& uid,
                         const std::string& resource_version,
                         base::WallTime at) {
  const Json annotations = {{"kubectl.kubernetes.io/restartedAt", base::FormatTime(at)}};
  return Dump({{"metadata", {{"uid", uid}, {"resourceVersion", resource_version}}},
               {"spec", {{"template", {{"metadata", {{"annotations", annotations}}}}}}}});
}

}  // namespace cu::codec
