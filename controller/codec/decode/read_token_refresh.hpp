#pragma once
#include <optional>

#include "api/token_refresh.hpp"
#include "codec/json.hpp"

/// Private to codec/.
namespace cu::codec {

api::TokenRefreshSpec ReadTokenRefreshSpec(const Reader& reader);
std::optional<api::TokenRefreshStatus> ReadTokenRefreshStatus(const Reader& reader);

}  // namespace cu::codec
