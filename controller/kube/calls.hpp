#pragma once
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "base/random.hpp"
#include "base/time.hpp"
#include "kube/call_stats.hpp"
#include "kube/outage.hpp"
#include "kube/server_clock.hpp"
#include "port/port.hpp"

namespace cu::kube {

/// The next instant at which a timer is due.
using Wake = std::optional<base::SteadyTime>;
/// `wake` becomes the earlier of the two.
inline void Earlier(Wake& wake, const Wake& other) {
  if (other && (!wake || *other < *wake)) {
    wake = other;
  }
}

constexpr std::chrono::seconds kCallTimeout{10};
/// pods/eviction repeats a budget's conflicts for up to 10 s (20 times 0.5 s) before it answers.
constexpr std::chrono::seconds kEvictionTimeout{15};
constexpr std::chrono::seconds kListTimeout{30};
constexpr std::size_t kMaxInFlight = 16;

/// Lease calls are exempt from the limit of calls in flight and from an overload's Retry-After: a
/// leader that may not renew would make a busy server busier.
enum class Priority { kNormal, kLease };

struct CallOptions {
  std::chrono::nanoseconds timeout = kCallTimeout;  ///< from now to the whole answer
  /// Mutating calls: the leader's valid_until(). None: the end of `timeout`.
  std::optional<base::SteadyTime> not_after;
  Priority priority = Priority::kNormal;
};

/// Every request to the API server goes through here: ids, deadlines, at most 16 calls in flight,
/// nothing during an overload's Retry-After (at most 2 minutes; logged once a minute), one repeat
/// after 401 with a fresh token. Nothing else repeats a request by itself: all other retry is
/// planning again.
///
/// How the core uses it: every event with an id goes through Accept first and then to whoever owns
/// the id that Accept returned; on every wake-up the events of Expired go to their owners. Effects
/// leave by Take.
class Calls {
 public:
  /// `log_calls`: a debug record for each call that ended and each watch that opened.
  explicit Calls(std::uint64_t seed, bool log_calls = false);

  /// None: no room, or an overloaded server asked to wait. The caller forgets the wish and plans
  /// again: an answer, or wake_at(), comes first. Exactly one outcome follows for the id: an answer
  /// (ResponseReceived) or CallFailed, from Accept or Expired, unless it is dropped before.
  std::optional<port::CallId> Send(port::Request request,
                                   base::Now now,
                                   const CallOptions& options = {});
  /// A stream has no deadline and takes no room; its owner times it. None: as Send.
  std::optional<port::CallId> Open(port::Request request, base::Now now);
  /// Aborts and forgets; nothing follows for the id. An unknown id is ignored.
  void Drop(port::CallId id);
  /// Drops every mutating call of Priority::kNormal: the term has ended.
  void DropMutating();

  /// The id under which the caller knows the event; none if it is nobody's (an aborted call, a 401
  /// that is being repeated, an event without an id). A server's Retry-After counts whoever's
  /// answer brings it.
  std::optional<port::CallId> Accept(const port::Event& event, base::Now now);
  /// CallFailed{kTimeout} for each call whose deadline has passed; aborts them. The outcome at the
  /// server is unknown.
  std::vector<port::CallFailed> Expired(base::Now now);

  /// `now` by the clock that all deadlines go by: the API server's where ours is off (ServerClock).
  base::Now Correct(base::Now now);

  /// Whether Send in Priority::kNormal would be taken now.
  bool HasRoom(base::Now now) const;
  /// Calls of Priority::kNormal that change something. The lease is given back only when there are
  /// none.
  std::size_t mutating_in_flight() const;

  /// now + delay with jitter, uniform in [delay, 2*delay): seeded, so that runs replay.
  base::SteadyTime After(base::Now now, std::chrono::nanoseconds delay);
  /// Uniform in [0, bound). Pre: bound > 0.
  std::chrono::nanoseconds Jitter(std::chrono::nanoseconds bound);

  /// The effects since the last Take, in order.
  std::vector<port::Effect> Take();
  /// The next deadline, or the end of an overload's wait.
  Wake wake_at() const;
  const CallStats& stats() const { return stats_; }
  Outage& outage() { return outage_; }
  /// Since when every answer is 401, also after the token was read anew; none while others come.
  std::optional<base::SteadyTime> refused_since() const { return refused_since_; }

 private:
  struct Call {
    port::CallId caller{};  ///< the id given out; the wire's differs after a repeat
    port::Request request;
    base::SteadyTime sent;
    base::SteadyTime deadline;
    base::SteadyTime not_after;
    Priority priority = Priority::kNormal;
    bool stream = false;
  };
  using Active = std::map<port::CallId, Call>;  ///< by the wire's id

  static bool Mutating(const Call& call);
  bool Throttled(base::Now now) const;
  void ObserveThrottle(const port::Response& response, base::Now now);
  void ObserveHealth(const port::Event& event, const Call& call, base::Now now);
  void Start(Call call);
  Call Finish(Active::iterator at);
  std::optional<port::CallId> OnResponse(Active::iterator at,
                                         const port::Response& response,
                                         base::Now now);
  void Count(const Call& call, const std::string& code, base::Now now);

  base::Random random_;
  bool log_calls_;
  std::uint64_t next_ = 1;
  Active active_;
  std::size_t in_flight_ = 0;  ///< calls of Priority::kNormal
  std::optional<base::SteadyTime> throttled_until_;
  std::optional<base::SteadyTime> throttle_logged_;
  Outage outage_;
  std::optional<base::SteadyTime> refused_since_;
  ServerClock clock_;
  std::optional<base::SteadyTime> skew_logged_;
  std::vector<port::Effect> out_;
  CallStats stats_;
};

}  // namespace cu::kube
