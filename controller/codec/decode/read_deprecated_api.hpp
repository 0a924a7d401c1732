#pragma once
#include <optional>
#include <string_view>

#include "api/deprecated_apis.hpp"

namespace cu::codec {

/// A line of a kube-apiserver's /metrics, in the text format of Prometheus; none if it is not one
/// of apiserver_requested_deprecated_apis with a release that removes the API (k8s.io/apiserver
/// pkg/endpoints/metrics/metrics.go).
std::optional<api::DeprecatedApi> ReadDeprecatedApi(std::string_view line);

}  // namespace cu::codec
