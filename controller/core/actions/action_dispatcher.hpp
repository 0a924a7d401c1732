#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "core/actions/handling.hpp"
#include "core/actions/judgement.hpp"
#include "core/actions/retry_table.hpp"
#include "core/watches.hpp"
#include "kube/calls.hpp"
#include "planner/model/action.hpp"

namespace cu::core {

/// Carries out actions and remembers what came of them. Nothing is queued: what may not be sent now
/// is wanted again by the next plan.
class ActionDispatcher {
 public:
  /// `watches` outlives it.
  ActionDispatcher(std::uint64_t seed, Watches& watches) : watches_(&watches), table_(seed) {}

  struct Sendable {
    RetryTable::Asked asked;
    port::Request request;
    std::string upgrade;  ///< Place::upgrade
  };
  /// Those of `actions` that may be sent now: no call in flight for the same object, no answer that
  /// holds them back. One of which no request can be made is answered here (kInvalid).
  std::vector<Sendable> Choose(const std::vector<planner::Action>& actions,
                               const Place& place,
                               base::Now now);
  /// False: no room, nothing was sent. `not_after`: the end of the term. Pre: !full().
  bool Send(Sendable action, base::SteadyTime not_after, base::Now now, kube::Calls& calls);

  bool Owns(port::CallId id) const { return flights_.contains(id); }
  struct Done {
    planner::ActionKey key;
    std::string upgrade;  ///< Place::upgrade
    Judgement judgement;
    std::string code;   ///< of HTTP, or "<error>"
    bool news = false;  ///< the outcome is another than before
  };
  /// Adopts the object of an accepted answer. None while the answer is still to come. Pre:
  /// Owns(id).
  std::optional<Done> Handle(port::CallId id, const port::Event& event, base::Now now);

  bool InFlight(const planner::ObjectRef& object) const;
  /// As many are in flight as may be: the rest of the calls is left to statuses and lists.
  bool full() const;
  RetryTable& table() { return table_; }
  const RetryTable& table() const { return table_; }
  /// The term has ended: forgets the calls in flight, which whoever ended it drops. What the server
  /// has answered stays known, for what it wants waited for outlives a term.
  void Clear() { flights_.clear(); }

 private:
  struct Flight {
    RetryTable::Asked asked;
    std::string body;
    std::string upgrade;
  };
  Watches* watches_;
  RetryTable table_;
  std::map<port::CallId, Flight> flights_;
};

/// The line of the log about a refusal that is new; none for anything else, nor for what was only a
/// question.
std::optional<base::LogRecord> RefusalOf(const ActionDispatcher::Done& done);

}  // namespace cu::core
