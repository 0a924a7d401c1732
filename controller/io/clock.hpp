#pragma once
#include "base/time.hpp"

namespace cu::io {

/// Both clocks, read one right after the other. The steady one is CLOCK_BOOTTIME: it goes on while
/// the machine is suspended, as other machines' clocks do, and never goes back.
base::Now ReadClocks();

}  // namespace cu::io
