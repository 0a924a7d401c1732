#include "codec/encode/access_review_body.hpp"

#include "codec/json.hpp"

namespace cu::codec {

std::string AccessReviewBody(const std::string& verb, const std::string& resource) {
  return Dump({{"apiVersion", "authorization.k8s.io/v1"},
               {"kind", "SelfSubjectAccessReview"},
               {"spec", {{"resourceAttributes", {{"verb", verb}, {"resource", resource}}}}}});
}

}  // namespace cu::codec
