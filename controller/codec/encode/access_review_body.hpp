#pragma once
#include <string>

namespace cu::codec {

/// authorization.k8s.io/v1 SelfSubjectAccessReview for the core group, in all namespaces.
std::string AccessReviewBody(const std::string& verb, const std::string& resource);

}  // namespace cu::codec
