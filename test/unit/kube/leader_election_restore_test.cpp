#include <catch2/catch.hpp>

#include "kube/leader_election.hpp"
#include "unit/kube/lease_peer.hpp"

/// Leases whose versions went back.
namespace cu::kube {
namespace {

using namespace std::chrono_literals;
using port::Method;
using test::Answer;
using test::LeaseJson;
using test::LeaseOf;
using Peer = test::LeasePeer;

TEST_CASE("A term survives a restore of etcd that still knows it", "[kube]") {
  Peer peer;
  peer.BecomeLeader();
  peer.Wait();
  const api::Lease applied = peer.Applied("12");
  peer.Accept("21");
  peer.Wait();
  peer.Reply(Answer(409));
  REQUIRE(peer.method() == Method::kGet);
  peer.store.Clear();
  peer.Reply(Answer(200, LeaseJson(applied)));
  CHECK(peer.election.TakeWentBack());
  CHECK_FALSE(peer.election.TakeWentBack());
  CHECK(peer.holds());
  peer.Wait();
  CHECK(peer.written().meta.resource_version == "12");
  peer.Accept("13");
  peer.Wait();
  CHECK(peer.written().meta.resource_version == "13");
  CHECK(peer.holds());
  CHECK(peer.election.epoch() == 4);
  CHECK(peer.terms_ended == 0);
}

TEST_CASE("After a restore of etcd no epoch comes twice", "[kube]") {
  Peer peer;
  peer.BecomeLeader();
  peer.Wait();
  const bool absent = GENERATE(false, true);
  peer.Reply(Answer(absent ? 404 : 409));
  REQUIRE(peer.method() == Method::kGet);
  peer.store.Clear();
  if (absent) {
    peer.Reply(Answer(404));
    peer.Wait();
    REQUIRE(peer.method() == Method::kPost);
    CHECK(peer.written().transitions == 5);
    peer.Reply(Answer(201, LeaseJson(peer.Applied("12"))));
    CHECK(peer.election.TakeWentBack());
  } else {
    peer.Reply(Answer(200, LeaseJson(LeaseOf("other", "12", 2))));
    CHECK(peer.election.TakeWentBack());
    CHECK(peer.terms_ended == 1);
    CHECK(peer.Wait() >= 15s);
    CHECK(peer.written().meta.resource_version == "12");
    CHECK(peer.written().transitions == 5);
    peer.Accept("13");
  }
  CHECK(peer.holds());
  CHECK(peer.election.epoch() == 5);
}

TEST_CASE("A standby that is told of a restore of etcd reads the lease before it takes it",
          "[kube]") {
  Peer peer;
  peer.List(LeaseOf("other", "100"));
  peer.store.Clear();
  peer.election.BeginAnew(peer.now());
  peer.Wait();
  REQUIRE(peer.method() == Method::kGet);
  peer.Reply(Answer(200, LeaseJson(LeaseOf("other", "12", 2))));
  CHECK_FALSE(peer.election.TakeWentBack());
  CHECK(peer.Wait() >= 15s);
  CHECK(peer.written().meta.resource_version == "12");
  CHECK(peer.written().transitions == 4);
}

TEST_CASE("An answer that the watch has overtaken is no sign of a restore", "[kube]") {
  Peer peer;
  peer.BecomeLeader();
  peer.Wait();
  peer.Watch(LeaseOf("other", "22", 5));
  CHECK(peer.terms_ended == 1);
  CHECK_FALSE(peer.election.TakeWentBack());
  CHECK_FALSE(peer.holds());
}

}  // namespace
}  // namespace cu::kube
