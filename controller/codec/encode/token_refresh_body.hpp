#pragma once
#include "api/token_refresh.hpp"
#include "codec/json.hpp"

namespace cu::codec {

/// status.tokenRefresh. Private to codec/.
Json WriteTokenRefresh(const api::TokenRefreshStatus& status);

}  // namespace cu::codec
