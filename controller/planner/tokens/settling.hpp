#pragma once
#include <string>

#include "planner/model/contribution.hpp"
#include "planner/model/memory.hpp"
#include "planner/model/planning.hpp"

/// When no API server signs in the old way any more, and no namespace has old authorities. Each API
/// server signs with the key that it was started with.
namespace cu::planner {

struct Settling {
  api::TokenRefreshStatus status;
  TokenMemory memory;
  std::string waits_for;  ///< for people; "" once the change has settled
  Contribution add;
};

/// Pre: status.change is open.
///
/// OneServer: one Lease of an API server is alive. AllServersStarted: all of them were started
/// after this process last saw a token of the old kind, and all but the one that signed it after
/// the first of the new kind: those that were started in between may have the old key still, as in
/// the pass that makes servers accept a new key before one signs with it. A server makes its Lease
/// anew at its start since 1.36. Both only if there are as many as control-plane nodes with an API
/// server, the same for 2 min, and a token of the new kind was issued after the last start: a
/// server that was started since may have been given its old key back. Quiet: no token of the old
/// kind for an hour; for 15 min where old ones are refused.
Settling Settle(const Planning& planning, api::TokenRefreshStatus status, TokenMemory memory);

}  // namespace cu::planner
