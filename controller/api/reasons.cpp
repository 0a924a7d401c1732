#include "api/reasons.hpp"

namespace cu::api {
namespace {

template <class Table, class Reason>
std::string NameIn(const Table& table, Reason reason) {
  return std::string(table[static_cast<std::size_t>(reason)].name);
}

}  // namespace

std::string NameOf(FailureReason reason) {
  return NameIn(kFailureReasons, reason);
}
std::string NameOf(PostponeReason reason) {
  return NameIn(kPostponeReasons, reason);
}
std::string NameOf(HoldReason reason) {
  return NameIn(kHoldReasons, reason);
}
std::string NameOf(StateReason reason) {
  return NameIn(kStateReasons, reason);
}
std::string NameOf(BlockReason reason) {
  return NameIn(kBlockReasons, reason);
}
std::string NameOf(SkipReason reason) {
  return NameIn(kSkipReasons, reason);
}
std::string NameOf(FindingType type) {
  return NameIn(kFindingTypes, type);
}
std::string NameOf(TokenReason reason) {
  return NameIn(kTokenReasons, reason);
}
std::string NameOf(RefreshFailure reason) {
  return NameIn(kRefreshFailures, reason);
}
std::string NameOf(LaggardReason reason) {
  return NameIn(kLaggardReasons, reason);
}
std::string NameOf(EventReason reason) {
  return NameIn(kEventReasons, reason);
}

}  // namespace cu::api
