#include "api/requests.hpp"

#include "base/sha256.hpp"

namespace cu::api {

std::string DigestOf(const PodToSave& pod) {
  std::string text;
  for (const std::string* field :
       {&pod.ns, &pod.pod, &pod.pod_uid, &pod.node, &pod.upgrade_uid, &pod.manifest}) {
    text += std::to_string(field->size()) + ":" + *field;
  }
  return base::Sha256Hex(text);
}

}  // namespace cu::api
