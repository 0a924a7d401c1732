#include "api/cluster_keys.hpp"

#include "base/sha256.hpp"

namespace cu::api {

std::string SignerName(const std::string& kid) {
  constexpr std::size_t kWritten = 64;
  return kid.size() <= kWritten ? kid : base::Sha256Hex(kid);
}

}  // namespace cu::api
