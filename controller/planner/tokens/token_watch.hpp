#pragma once
#include "planner/tokens/token_work.hpp"

namespace cu::planner {

/// Sees changes of keys and who holds credentials from before them. With mode Report nothing is
/// touched; with Auto their pods are replaced (tokens/refreshing). `nodes_may_start`: see there.
TokenWork WatchTokens(const Planning& planning,
                      bool nodes_may_start,
                      TokenMemory memory,
                      RefreshMemory refresh);

}  // namespace cu::planner
