#pragma once
#include "node/host.hpp"
#include "node/options.hpp"

namespace cu::node {

inline constexpr int kExitDone = 0;
inline constexpr int kExitWhole = 1;  ///< failed; the node is as before, or whole
inline constexpr int kExitWrongInput = 2;
inline constexpr int kExitNeedsPerson = 3;

/// The whole run: locks, mends, looks, and changes the node. Returns the exit code; the last lines
/// that it says are the report for a person.
int Upgrade(Host& host, const Options& options);

}  // namespace cu::node
