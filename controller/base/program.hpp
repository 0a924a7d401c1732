#pragma once

namespace cu::base {

/// The name of the program, as users type it, and of its Lease.
inline constexpr const char* kProgram = "cluster-upgrade-controller";

}  // namespace cu::base
