#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/answers.hpp"
#include "core/requests.hpp"
#include "core/watches.hpp"
#include "kube/calls.hpp"
#include "planner/model/action.hpp"

namespace cu::core {

/// Carries out acts and remembers what came of them. Nothing is queued: what may not be sent now is
/// wanted again by the next plan.
class Acts {
 public:
  explicit Acts(std::uint64_t seed) : book_(seed) {}

  struct Wanted {
    AnswerBook::Asked asked;
    port::Request request;
  };
  /// Those of `acts` that may be sent now: no call in flight for the same object, no answer that
  /// holds them back. A Job that cannot be made of its template is answered here (kInvalid).
  std::vector<Wanted> Sendable(const std::vector<planner::Action>& acts,
                               const Place& place,
                               const Watches& watches,
                               base::Now now);
  /// False: no room, nothing was sent. `not_after`: the end of the term. Pre: !full().
  bool Send(Wanted wanted, base::SteadyTime not_after, base::Now now, kube::Calls& calls);

  bool Owns(port::CallId id) const { return flights_.contains(id); }
  struct Done {
    planner::ActionKey key;
    Judgement judgement;
    std::string code;  ///< of HTTP, or "<error>"
    std::string body;
    bool news = false;  ///< the verdict is another than before
  };
  /// Pre: Owns(id). None while the answer is still to come.
  std::optional<Done> Handle(port::CallId id, const port::Event& event, base::Now now);

  bool InFlight(const planner::ObjectRef& object) const;
  /// As many are in flight as may be: the rest of the calls is left to statuses and lists.
  bool full() const;
  AnswerBook& book() { return book_; }
  const AnswerBook& book() const { return book_; }
  /// The term has ended: forgets the calls in flight, which whoever ended it drops. What the server
  /// has answered stays known, for what it wants waited for outlives a term.
  void Clear();

 private:
  AnswerBook book_;
  std::map<port::CallId, AnswerBook::Asked> flights_;
};

}  // namespace cu::core
