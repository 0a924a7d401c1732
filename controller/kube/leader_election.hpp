#pragma once
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "api/objects.hpp"
#include "base/time.hpp"
#include "kube/calls.hpp"
#include "kube/paths.hpp"
#include "kube/store.hpp"
#include "port/port.hpp"

namespace cu::kube {

/// Leader election on a coordination.k8s.io Lease: 15 s until others may take it, 10 s of our own
/// trust in it, renewed every 2 s (client-go's defaults).
///
/// We trust a term until 10 s after the *sending* of the last PUT that is known to have been
/// applied: by its answer, or by our own record (holder, transitions and a renewTime that we sent)
/// seen by the watch or a GET, which proves a PUT whose answer was lost. All times are steady ones;
/// the times in the Lease are for people and are never read as times.
///
///   kStandby    free, or nothing new for 15 s: PUT with the resourceVersion seen (POST if absent)
///                                                                            kAcquiring
///   kAcquiring  2xx, or own record seen                                      kHolding
///   kAcquiring  another's record seen; 409: GET, to see who holds; other or no answer: 2 s for
///               the own record to be seen                                    kStandby
///   kHolding    every 2 s PUT; 409: GET, to see who holds
///   kHolding    another's record, no record, a higher epoch in a status, or now >= valid_until:
///               the term has ended                                           kStandby
///   any         Release: PUT holder "" (whatever its answer)                 kReleasing, kReleased
///
/// Each acquisition, also of a lease that names ourselves, writes transitions = epoch =
/// max(lease's transitions, also those of leases before a restore, highest epoch of any status)
/// + 1. So each term has its own epoch.
///
/// A write was taken, or a GET was answered, with an older version than the one known when it was
/// sent: etcd was restored from a backup. Then the answer counts; a term goes on if the Lease still
/// names it.
///
/// What it does not guarantee: that two never act at once. A machine may stall between asking
/// Holds() and the bytes leaving it, a clock may run at another rate, a person may edit or delete
/// the Lease, a request may be under way when the term ends. The rest is harmless: a call never
/// begins later than valid_until (SendRequest::not_after), every intent is a compare-and-swap on
/// the object's resourceVersion and carries the epoch, and every action names a UID, a
/// resourceVersion or a deterministic name.
class LeaderElection {
 public:
  struct Options {
    std::string ns;
    std::string name;
    std::string identity;  ///< random per process. Pre: not ""
  };
  enum class State { kStandby, kAcquiring, kHolding, kReleasing, kReleased };

  explicit LeaderElection(Options options);

  /// Looks at the Lease in a store fed by a Reflector on LeaseCollection(). Call it on every turn
  /// once that reflector has listed: it is idempotent, and a standby does nothing before.
  void Saw(const Store<api::Lease>& leases, base::Now now);
  bool Owns(port::CallId id) const;
  /// Pre: Owns(what Calls::Accept gave for the event).
  void Handle(const port::Event& event, base::Now now);
  /// Takes, renews, looks, steps down, gives back: whatever is due. `highest_epoch`: of every
  /// status known.
  void Serve(base::Now now, Calls& calls, std::int64_t highest_epoch);
  /// Gives the lease back with the next Serve; then kReleased, at the latest after two calls'
  /// timeouts. From now on Holds() is false. Pre: no mutating call is in flight, until kReleased.
  void Release();

  /// Asked before every mutating effect, whose not_after is at most valid_until().
  bool Holds(base::Now now) const;
  base::SteadyTime valid_until() const { return valid_until_; }
  /// Of the term; 0 while not holding.
  std::int64_t epoch() const;
  /// True once after each end of a term that was not our own Release. Ask after Saw, Handle and
  /// Serve, before anything else is sent: what the term began is to be dropped.
  bool TakeTermEnded();
  /// True once after an answer that shows that etcd was restored. Ask before Saw: the store that it
  /// is given is of the past.
  bool TakeWentBack();
  /// Somebody else found that etcd was restored: what is known of the Lease's versions counts no
  /// longer. It is read before it is written again.
  void BeginAnew(base::Now now);
  State state() const { return state_; }
  Wake wake_at() const;

  /// What the caller's reflector lists and watches: this one Lease.
  Collection LeaseCollection() const;

 private:
  struct Record {
    bool exists = false;
    std::string holder;
    std::string renew_time;
    std::string resource_version;  ///< of the Lease, or the store's when it does not exist
    std::int64_t transitions = 0;
  };
  struct Sent {
    std::string renew_time;
    base::SteadyTime at;
  };
  enum class Purpose { kWrite, kRelease, kRead };

  static Record RecordOf(const api::Lease& lease);
  static Record Absent(std::string resource_version);
  void Learn(Record record, base::Now now);
  void OnAnswer(Record record, base::Now now);
  void Take(Record record, base::Now now);
  void Prove(const std::string& renew_time);
  base::SteadyTime NextCallAt() const;
  void Forget(State next);
  void EndTerm();
  void ServeHolding(base::Now now, Calls& calls, std::int64_t highest_epoch);
  void Write(base::Now now, Calls& calls, const std::string& holder);
  void Read(base::Now now, Calls& calls);
  void Send(port::Request request, base::Now now, Calls& calls);
  void WriteFailed(const port::ResponseReceived* answer, base::Now now);
  void ReadFailed(const port::ResponseReceived* answer, base::Now now);

  Options options_;
  State state_ = State::kStandby;
  std::optional<Record> record_;  ///< the newest known; none before the first look
  port::CallId call_{};
  Purpose purpose_ = Purpose::kWrite;  ///< of `call_`
  std::string known_then_;             ///< the version known when `call_` was sent
  std::deque<Sent> sent_;  ///< writes of this term not known to be applied or superseded
  bool reread_ = false;    ///< the record known is outdated: GET before the next write
  base::SteadyTime free_at_;
  base::SteadyTime not_before_;  ///< of the next look or try; kAcquiring: the end of waiting
  base::SteadyTime renew_at_;    ///< writes are 2 s apart
  base::SteadyTime valid_until_;
  base::WallTime acquired_;
  base::WallTime renewed_;
  std::int64_t epoch_ = 0;
  std::int64_t highest_transitions_ = 0;  ///< ever seen
  bool releasing_ = false;
  bool term_ended_ = false;
  bool went_back_ = false;
};

}  // namespace cu::kube
