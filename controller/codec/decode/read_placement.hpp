#pragma once
#include <vector>

#include "api/objects.hpp"
#include "codec/json.hpp"

namespace cu::codec {

/// Required node affinity: a NodeSelector.
std::vector<api::NodeTerm> ReadNodeTerms(const Reader& node_selector);
/// `spec`: a PodSpec.
api::Placement ReadPlacement(const Reader& spec);

}  // namespace cu::codec
