#pragma once
#include <string>

namespace cu::codec {

/// DeleteOptions with preconditions.uid; propagation "" or "Background".
std::string DeleteBody(const std::string& uid, const std::string& propagation);

}  // namespace cu::codec
