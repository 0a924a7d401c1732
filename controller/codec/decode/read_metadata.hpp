#pragma once
#include <string>

#include "api/meta.hpp"
#include "codec/json.hpp"

namespace cu::codec {

/// Which annotations are kept: none, or those of clusterupgrade.io.
bool KeepNone(const std::string& annotation);
bool KeepOurs(const std::string& annotation);

/// `keep` says which annotations are kept.
api::Metadata ReadMetadata(const Reader& metadata, bool (*keep)(const std::string& annotation));

}  // namespace cu::codec
