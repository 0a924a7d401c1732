#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/backoff.hpp"
#include "codec/decode.hpp"
#include "core/watches.hpp"
#include "planner/model/action.hpp"
#include "port/port.hpp"

namespace cu::core {

/// Where actions are done, and for whom.
struct Place {
  std::string job_namespace;
  std::string upgrade;          ///< the ClusterUpgrade whose plan wants them, or "" for orphans
  std::string upgrade_version;  ///< resourceVersion of the copy planned on: SetFinalizer
};

/// With another field manager: it lasts.
inline constexpr base::Backoff kAfterLastingConflict{std::chrono::seconds(1),
                                                     std::chrono::seconds(60)};

/// An answer as its kind of action judges it; for the time of that call.
struct Answer {
  int code = 0;
  const std::string& body;
  const codec::ApiStatus& status;
  bool retry_after = false;  ///< it says when to come again
};

/// What is so of one kind of action alone. Each family of actions (node_actions.hpp, …) says for
/// each of them `HandlingOf` and `RequestFor`.
struct Handling {
  /// It creates: a 404 means that its namespace is missing.
  bool creates = false;
  /// After a conflict with a newer version, which passes, as a rule.
  base::Backoff after_conflict{std::chrono::milliseconds(200), std::chrono::seconds(5)};
  /// How long a repetition waits after kGone or kExists.
  std::chrono::milliseconds after_miss = std::chrono::seconds(1);
  /// Of the call; none: the usual one.
  std::optional<std::chrono::seconds> timeout;
  /// Kinds of action on the same object that no longer stand once this one is accepted: they may
  /// be wanted anew at once.
  std::span<const planner::ActionKind> undoes;
  /// What an answer that is no denial means beyond what it means for every action; none: nothing.
  std::optional<planner::Outcome> (*judge)(const Answer& answer) = nullptr;
  /// Puts the object of an accepted answer into its store: it is newer than the watch, which saves
  /// a round trip.
  void (*adopt)(const std::string& body, Watches& watches) = nullptr;
};

}  // namespace cu::core
