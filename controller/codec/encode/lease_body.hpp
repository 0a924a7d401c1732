#pragma once
#include <cstdint>
#include <string>

#include "base/time.hpp"

namespace cu::codec {

struct LeaseBodyInput {
  std::string name;
  std::string ns;
  std::string resource_version;  ///< "" when created
  std::string holder;            ///< "" releases
  base::WallTime acquired;
  base::WallTime renewed;
  std::int64_t transitions = 0;
  int duration_seconds = 15;
};
std::string LeaseBody(const LeaseBodyInput& input);

}  // namespace cu::codec
