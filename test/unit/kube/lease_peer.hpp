#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include <catch2/catch.hpp>

#include "api/objects.hpp"
#include "codec/decode.hpp"
#include "kube/calls.hpp"
#include "kube/leader_election.hpp"
#include "kube/store.hpp"
#include "unit/kube/peer.hpp"

namespace cu::kube::test {

inline std::string LeaseJson(const api::Lease& lease) {
  return R"({"kind":"Lease","metadata":{"name":"lease","namespace":"ns","resourceVersion":")" +
         lease.meta.resource_version + R"("},"spec":{"holderIdentity":")" + lease.holder +
         R"(","renewTime":")" + lease.renew_time + R"(","leaseDurationSeconds":15,)" +
         R"("leaseTransitions":)" + std::to_string(lease.transitions) + "}}";
}

inline api::Lease LeaseOf(const std::string& holder,
                          const std::string& version,
                          std::int64_t transitions = 3,
                          const std::string& renew_time = "2026-01-01T00:00:00.000000Z") {
  api::Lease lease;
  lease.meta.name = "lease";
  lease.meta.ns = "ns";
  lease.meta.resource_version = version;
  lease.holder = holder;
  lease.renew_time = renew_time;
  lease.transitions = transitions;
  return lease;
}

/// One candidate, "me", with a store that the test fills, in virtual time.
class LeasePeer {
 public:
  LeasePeer() : calls(1), election({"ns", "lease", "me"}) { Turn(); }

  base::Now now() const { return {wall.value_or(At(time_).wall), At(time_).steady}; }
  bool asked() const { return sent_.has_value(); }
  base::SteadyTime sent_at() const { return sent_at_; }
  port::Method method() const { return Sent().request.method; }
  const std::string& target() const { return Sent().request.target; }
  /// What the open request would write.
  const std::string& body() const { return Sent().request.body; }
  api::Lease written() const { return *codec::Decode<api::Lease>(Sent().request.body); }
  bool holds() const { return election.Holds(now()); }

  /// The first list finds nothing, or this lease.
  void ListNothing(const std::string& version) { List(ListJson(version, {})); }
  void List(const api::Lease& lease) {
    List(ListJson(lease.meta.resource_version, {LeaseJson(lease)}));
  }
  void Watch(const api::Lease& lease, const std::string& type = "MODIFIED") {
    REQUIRE(store.OnLine(LineJson(type, LeaseJson(lease))));
    Turn();
  }
  /// The open write is applied at the server as `version`; gives what the server now has.
  api::Lease Applied(const std::string& version) const {
    api::Lease lease = written();
    lease.meta.resource_version = version;
    return lease;
  }
  void Accept(const std::string& version) { Reply(Answer(200, LeaseJson(Applied(version)))); }
  void Reply(port::Response response) {
    Give(port::ResponseReceived{Sent().id, std::move(response)});
  }
  void Lose() { Give(port::CallFailed{Sent().id, {base::ErrorKind::kUnavailable, "reset"}}); }
  void Release() {
    election.Release();
    Turn();
  }
  /// Lets time pass; timers fire when they are due.
  void Sleep(std::chrono::nanoseconds span) {
    const auto end = time_ + span;
    do {
      auto next = end;
      for (const Wake& wake : {calls.wake_at(), election.wake_at()}) {
        if (wake) {
          next = std::min(next, std::max(time_, *wake - At(std::chrono::nanoseconds(0)).steady));
        }
      }
      time_ = next;
      Turn();
    } while (time_ < end);
  }
  /// Sleeps until something is sent; says how long.
  std::chrono::nanoseconds Wait(std::chrono::nanoseconds limit = std::chrono::minutes(5)) {
    const auto begin = time_;
    while (!asked() && time_ < begin + limit) {
      Sleep(std::chrono::milliseconds(10));
    }
    return time_ - begin;
  }
  /// Holds since now, as of lease version 20, with epoch 4.
  void BecomeLeader() {
    List(LeaseOf("", "10"));
    Accept("20");
    REQUIRE(holds());
  }

  Calls calls;
  Store<api::Lease> store;
  LeaderElection election;
  std::optional<base::WallTime> wall;  ///< a wall clock that stands still
  std::int64_t highest_epoch = 0;
  int terms_ended = 0;

 private:
  const port::SendRequest& Sent() const {
    REQUIRE(sent_);
    return *sent_;
  }
  void List(const std::string& page) {
    REQUIRE(store.OnPage(page, true));
    store.OnListComplete();
    Turn();
  }
  void Give(const port::Event& event) {
    sent_.reset();
    const auto id = calls.Accept(event, now());
    if (id && election.Owns(*id)) {
      election.Handle(event, now());
    }
    Turn();
  }
  void Turn() {
    for (const port::CallFailed& failed : calls.Expired(now())) {
      sent_.reset();
      if (election.Owns(failed.id)) {
        election.Handle(failed, now());
      }
    }
    election.Saw(store, now());
    election.Serve(now(), calls, highest_epoch);
    terms_ended += election.TakeTermEnded() ? 1 : 0;
    for (const port::SendRequest& sent : Only<port::SendRequest>(calls.Take())) {
      sent_ = sent;
      sent_at_ = now().steady;
    }
  }

  std::chrono::nanoseconds time_{0};
  std::optional<port::SendRequest> sent_;
  base::SteadyTime sent_at_;
};

}  // namespace cu::kube::test
