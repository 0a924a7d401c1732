#pragma once

namespace cu::base {

/// The name of the program, as users type it, of its Lease and of its field manager.
inline constexpr const char* kProgram = "cluster-upgrade-controller";

}  // namespace cu::base
