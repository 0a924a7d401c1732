#include "codec/encode/delete_body.hpp"

#include "codec/json.hpp"

namespace cu::codec {

std::string DeleteBody(const std::string& uid, const std::string& propagation) {
  Json body = {{"apiVersion", "v1"}, {"kind", "DeleteOptions"}, {"preconditions", {{"uid", uid}}}};
  if (!propagation.empty()) {
    body["propagationPolicy"] = propagation;
  }
  return Dump(body);
}

}  // namespace cu::codec
