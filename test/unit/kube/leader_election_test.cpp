#include "kube/leader_election.hpp"

#include <limits>

#include <catch2/catch.hpp>

#include "unit/apart.hpp"
#include "unit/kube/lease_peer.hpp"

namespace cu::kube {
namespace {

using namespace std::chrono_literals;
using port::Method;
using State = LeaderElection::State;
using test::Answer;
using test::LeaseJson;
using test::LeaseOf;
using Peer = test::LeasePeer;

TEST_CASE("A standby that has not seen the lease sends nothing", "[kube]") {
  Peer peer;
  peer.Sleep(10min);
  CHECK_FALSE(peer.asked());
  CHECK_FALSE(peer.holds());
  CHECK_FALSE(peer.election.wake_at());
  CHECK(peer.election.LeaseCollection().path ==
        "/apis/coordination.k8s.io/v1/namespaces/ns/leases");
  CHECK(peer.election.LeaseCollection().field_selector == "metadata.name=lease");
}

TEST_CASE("An absent lease is created at once", "[kube]") {
  Peer peer;
  peer.highest_epoch = 7;
  peer.ListNothing("10");
  REQUIRE(peer.asked());
  CHECK(peer.method() == Method::kPost);
  CHECK(peer.target() == "/apis/coordination.k8s.io/v1/namespaces/ns/leases");
  CHECK(peer.written().holder == "me");
  CHECK(peer.written().transitions == 8);
  CHECK(peer.body().find(R"("leaseDurationSeconds":15,)") != std::string::npos);
  CHECK_FALSE(peer.holds());
  peer.Reply(Answer(201, LeaseJson(peer.Applied("11"))));
  CHECK(peer.holds());
  CHECK(peer.election.epoch() == 8);
}

TEST_CASE("A lease without holder, or with ourselves as holder, is taken at once", "[kube]") {
  const std::string holder = GENERATE("", "me");
  Peer peer;
  peer.highest_epoch = 2;
  peer.List(LeaseOf(holder, "10", 3));
  REQUIRE(peer.asked());
  CHECK(peer.method() == Method::kPut);
  CHECK(peer.target() == "/apis/coordination.k8s.io/v1/namespaces/ns/leases/lease");
  CHECK(peer.written().meta.resource_version == "10");
  CHECK(peer.written().transitions == 4);
}

TEST_CASE("Another's lease is taken when nothing new was seen of it for 15 s", "[kube]") {
  Peer peer;
  peer.List(LeaseOf("other", "10"));
  peer.Sleep(14s);
  peer.Watch(LeaseOf("other", "11", 3, "2026-01-01T00:00:02.000000Z"));
  CHECK_FALSE(peer.asked());
  const auto waited = peer.Wait();
  CHECK(waited >= 15s);
  CHECK(waited < 15100ms);
  CHECK(peer.written().meta.resource_version == "11");
}

TEST_CASE("A term is trusted until 10 s after the sending, not after the answer", "[kube]") {
  Peer peer;
  peer.List(LeaseOf("", "10"));
  peer.Sleep(3s);
  peer.Accept("20");
  CHECK(peer.election.valid_until() == test::At(10s).steady);
  CHECK(peer.election.Holds(test::At(10s - 1ns)));
  CHECK_FALSE(peer.election.Holds(test::At(10s)));
}

TEST_CASE("A leader renews about every 2 s with the version it knows", "[kube]") {
  Peer peer;
  peer.BecomeLeader();
  int version = 20;
  for (int i = 0; i < 50; ++i) {
    const auto waited = peer.Wait();
    CHECK(waited >= 2s);
    CHECK(waited <= 2410ms);
    CHECK(peer.method() == Method::kPut);
    CHECK(peer.written().meta.resource_version == std::to_string(version));
    CHECK(peer.written().transitions == 4);
    peer.Accept(std::to_string(++version));
  }
  CHECK(peer.holds());
  CHECK(peer.terms_ended == 0);
}

TEST_CASE("Every renewal differs, even while the wall clock stands still", "[kube]") {
  Peer peer;
  peer.wall = test::At(0s).wall;
  peer.BecomeLeader();
  peer.Wait();
  const std::string first = peer.written().renew_time;
  peer.Accept("21");
  peer.Wait();
  CHECK(peer.written().renew_time > first);
}

TEST_CASE("An acquisition whose answer is lost is proven by our own record in the watch",
          "[kube]") {
  Peer peer;
  peer.List(LeaseOf("", "10"));
  const api::Lease applied = peer.Applied("20");
  peer.Lose();
  CHECK(peer.election.state() == State::kAcquiring);
  SECTION("seen in time") {
    peer.Sleep(1s);
    peer.Watch(applied);
    CHECK(peer.holds());
    CHECK(peer.election.valid_until() == test::At(10s).steady);
  }
  SECTION("never seen") {
    CHECK(peer.Wait() >= 2s);
    CHECK(peer.written().meta.resource_version == "10");
  }
  SECTION("seen when the next try is under way: that one cannot prove the first") {
    peer.Wait();
    peer.Watch(applied);
    CHECK_FALSE(peer.holds());
    peer.Reply(Answer(409));
    CHECK(peer.method() == Method::kGet);
    peer.Reply(Answer(200, LeaseJson(applied)));
    peer.Wait();
    CHECK(peer.written().meta.resource_version == "20");
    CHECK(peer.written().transitions == 5);
  }
}

TEST_CASE("A renewal whose answer is lost is proven by our own record", "[kube]") {
  Peer peer;
  peer.BecomeLeader();
  peer.Wait();
  const auto sent = peer.sent_at();
  const api::Lease applied = peer.Applied("30");
  SECTION("in the watch") {
    peer.Lose();
    peer.Watch(applied);
  }
  SECTION("by a GET after the next PUT met a 409") {
    peer.Lose();
    peer.Wait();
    peer.Reply(Answer(409));
    REQUIRE(peer.method() == Method::kGet);
    peer.Reply(Answer(200, LeaseJson(applied)));
  }
  SECTION("by a GET after the request arrived twice") {
    peer.Reply(Answer(409));
    REQUIRE(peer.method() == Method::kGet);
    peer.Reply(Answer(200, LeaseJson(applied)));
  }
  CHECK(peer.election.valid_until() == sent + 10s);
  peer.Wait();
  CHECK(peer.written().meta.resource_version == "30");
  CHECK(peer.terms_ended == 0);
}

TEST_CASE("An own record that we did not send in this term proves nothing", "[kube]") {
  Peer peer;
  peer.BecomeLeader();
  const auto until = peer.election.valid_until();
  peer.Watch(LeaseOf("me", "21", 4, "2026-01-01T00:00:09.000000Z"));
  CHECK(peer.election.valid_until() == until);
  CHECK(peer.holds());
}

TEST_CASE("A 409 while acquiring leads to a look and not to another try", "[kube]") {
  Peer peer;
  peer.List(LeaseOf("", "10"));
  peer.Reply(Answer(409));
  REQUIRE(peer.method() == Method::kGet);
  peer.Reply(Answer(200, LeaseJson(LeaseOf("other", "20"))));
  CHECK(peer.election.state() == State::kStandby);
  CHECK(peer.Wait() >= 15s);
  CHECK(peer.written().meta.resource_version == "20");
}

TEST_CASE("Tries are 2 s apart though the lease looks free again and again", "[kube]") {
  Peer peer;
  peer.List(LeaseOf("", "10"));
  peer.Reply(Answer(409));
  peer.Reply(Answer(200, LeaseJson(LeaseOf("", "20"))));
  CHECK(peer.Wait() >= 2s);
  CHECK(peer.method() == Method::kPut);
}

TEST_CASE("Another refusal of an acquisition is followed by a pause", "[kube]") {
  const int status = GENERATE(403, 422, 500, 503);
  Peer peer;
  peer.List(LeaseOf("", "10"));
  peer.Reply(Answer(status));
  const auto waited = peer.Wait();
  CHECK(waited >= 2s);
  CHECK(waited < 3s);
  CHECK(peer.method() == Method::kPut);
}

TEST_CASE("Another's record seen while acquiring ends the attempt", "[kube]") {
  Peer peer;
  peer.List(LeaseOf("", "10"));
  peer.Watch(LeaseOf("other", "20", 9));
  CHECK(peer.election.state() == State::kStandby);
  peer.Reply(Answer(409));
  CHECK_FALSE(peer.asked());
  CHECK(peer.Wait() >= 14s);
  CHECK(peer.written().transitions == 10);
}

TEST_CASE("A term ends at once when the lease is another's", "[kube]") {
  Peer peer;
  peer.BecomeLeader();
  SECTION("as the watch shows") {
    peer.Watch(LeaseOf("other", "30", 9));
  }
  SECTION("as a GET shows after a 409") {
    peer.Wait();
    peer.Reply(Answer(409));
    peer.Reply(Answer(200, LeaseJson(LeaseOf("other", "30", 9))));
  }
  SECTION("as the watch shows a person's edit") {
    peer.Watch(LeaseOf("me", "30", 9));
  }
  SECTION("as the watch shows its deletion") {
    peer.Watch(LeaseOf("me", "30"), "DELETED");
  }
  SECTION("as a GET shows its deletion") {
    peer.Wait();
    peer.Reply(Answer(404));
    REQUIRE(peer.method() == Method::kGet);
    peer.Reply(Answer(404));
  }
  CHECK_FALSE(peer.holds());
  CHECK(peer.terms_ended == 1);
  CHECK(peer.election.epoch() == 0);
}

TEST_CASE("A watch that lags behind our own write ends nothing", "[kube]") {
  Peer peer;
  peer.ListNothing("10");
  peer.Accept("20");
  CHECK(peer.holds());
  peer.Sleep(1s);
  CHECK(peer.holds());
  peer.Watch(LeaseOf("other", "15"));
  CHECK(peer.holds());
  CHECK(peer.terms_ended == 0);
}

TEST_CASE("Without an answer the term ends at valid_until, not later", "[kube]") {
  const bool refused = GENERATE(true, false);
  Peer peer;
  peer.BecomeLeader();
  while (peer.now().steady < test::At(10s).steady - 5ms) {
    CHECK(peer.holds());
    if (refused && peer.asked()) {
      peer.Reply(Answer(500));
    }
    peer.Sleep(5ms);
  }
  peer.Sleep(5ms);
  CHECK_FALSE(peer.holds());
  CHECK(peer.terms_ended == 1);
}

TEST_CASE("A leader that sees a higher epoch steps down and comes back above it", "[kube]") {
  Peer peer;
  peer.BecomeLeader();
  peer.highest_epoch = 4;
  peer.Sleep(1s);
  CHECK(peer.holds());
  peer.highest_epoch = 9;
  peer.Sleep(10ms);
  CHECK_FALSE(peer.holds());
  CHECK(peer.terms_ended == 1);
  peer.Wait();
  CHECK(peer.written().transitions == 10);
}

TEST_CASE("A lease that is deleted while another holds it is left alone for 15 s", "[kube]") {
  Peer peer;
  peer.List(LeaseOf("other", "10"));
  peer.Watch(LeaseOf("other", "11"), "DELETED");
  peer.Sleep(10s);
  CHECK_FALSE(peer.asked());
  REQUIRE(peer.store.OnLine(test::LineJson("BOOKMARK", LeaseJson(LeaseOf("", "50")))));
  const auto waited = peer.Wait();
  CHECK(waited >= 5s);
  CHECK(waited < 5100ms);
  CHECK(peer.method() == Method::kPost);
}

TEST_CASE("A release is seen by a standby at once", "[kube]") {
  Peer peer;
  peer.List(LeaseOf("other", "10"));
  peer.Watch(LeaseOf("", "11", 6));
  REQUIRE(peer.asked());
  CHECK(peer.written().transitions == 7);
}

TEST_CASE("The epoch stays within an int32", "[kube]") {
  Peer peer;
  peer.highest_epoch = std::numeric_limits<std::int64_t>::max();
  peer.List(LeaseOf("", "10"));
  CHECK(peer.written().transitions == std::numeric_limits<std::int32_t>::max());
}

TEST_CASE("Releasing gives the lease back once and does not insist", "[kube]") {
  Peer peer;
  peer.BecomeLeader();
  const bool renewing = GENERATE(false, true);
  if (renewing) {
    peer.Wait();
  }
  peer.Release();
  CHECK_FALSE(peer.holds());
  if (renewing) {
    CHECK(peer.written().holder == "me");
    peer.Accept("21");
  }
  REQUIRE(peer.asked());
  CHECK(peer.method() == Method::kPut);
  CHECK(peer.written().holder.empty());
  CHECK(peer.written().transitions == 4);
  CHECK(peer.body().find(R"("leaseDurationSeconds":1,)") != std::string::npos);
  CHECK(peer.written().meta.resource_version == (renewing ? "21" : "20"));
  CHECK(peer.election.state() == State::kReleasing);
  SECTION("accepted") {
    peer.Accept("22");
  }
  SECTION("refused") {
    peer.Reply(Answer(409));
  }
  SECTION("no answer") {
    peer.Sleep(4s);
  }
  CHECK(peer.election.state() == State::kReleased);
  CHECK(peer.terms_ended == 0);
  peer.Sleep(1h);
  CHECK_FALSE(peer.asked());
}

TEST_CASE("A lease that became another's is not given back", "[kube]") {
  Peer peer;
  peer.BecomeLeader();
  peer.Wait();
  peer.Release();
  peer.Watch(LeaseOf("other", "30", 9));
  CHECK(peer.election.state() == State::kReleased);
  peer.Reply(Answer(409));
  CHECK_FALSE(peer.asked());
}

TEST_CASE("A release while not holding ends soon", "[kube]") {
  Peer peer;
  SECTION("a standby has nothing to give back") {
    peer.List(LeaseOf("other", "10"));
    peer.Release();
  }
  SECTION("an acquisition that succeeds is given back") {
    peer.List(LeaseOf("", "10"));
    peer.Release();
    peer.Accept("20");
    CHECK_FALSE(peer.holds());
    CHECK(peer.written().holder.empty());
    peer.Accept("21");
  }
  SECTION("an acquisition that fails") {
    peer.List(LeaseOf("", "10"));
    peer.Release();
    peer.Lose();
  }
  CHECK(peer.election.state() == State::kReleased);
}

TEST_CASE("A candidate has an identity, and hears of its own calls only", "[kube]") {
  CHECK(cu::test::RunApart([] {
          LeaderElection({"ns", "lease", ""});
        }).Broke("!options_.identity.empty()"));
  CHECK(cu::test::RunApart([] {
          LeaderElection({"ns", "lease", "me"}).Handle(port::CallFailed{}, test::At(0s));
        }).Broke("call_ != port::CallId{}"));
}

}  // namespace
}  // namespace cu::kube
