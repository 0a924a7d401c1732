#include <memory>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "base/random.hpp"
#include "kube/leader_election.hpp"
#include "unit/kube/lease_peer.hpp"

namespace cu::kube {
namespace {

using namespace std::chrono_literals;
using test::Answer;
using test::LeaseJson;
using test::Only;

/// Three candidates and one Lease through a network that delays, loses and repeats requests and
/// answers, and lets watches lag. Time goes on in steps of 100 ms.
class Candidates {
 public:
  explicit Candidates(std::uint64_t seed) : random_(seed) {
    for (int i = 0; i < 3; ++i) {
      Start(i);
    }
  }

  void Step(bool faults) {
    faults_ = faults;
    time_ += 100ms;
    for (auto& one : all_) {
      Turn(*one);
    }
    CheckTerms();
    if (faults && Chance(1500)) {
      const int victim = static_cast<int>(random_.Below(3));
      Start(victim);
    }
  }
  int holders() const {
    int count = 0;
    for (const auto& one : all_) {
      count += one->election.Holds(now()) ? 1 : 0;
    }
    return count;
  }
  int terms() const { return terms_; }

 private:
  struct Request {
    std::chrono::nanoseconds arrives;
    port::SendRequest sent;
  };
  struct Reply {
    std::chrono::nanoseconds arrives;
    port::Event event;
  };
  struct Candidate {
    Candidate(const std::string& identity, std::uint64_t seed)
        : calls(seed), election({"ns", "lease", identity}) {}
    Calls calls;
    Store<api::Lease> store;
    LeaderElection election;
    std::vector<Request> requests;
    std::vector<Reply> replies;
    std::chrono::nanoseconds watch_until{0};  ///< the watch is stuck until then
    std::int64_t epoch = 0;
  };

  base::Now now() const { return test::At(time_); }
  bool Chance(std::uint64_t one_in) { return random_.Below(one_in) == 0; }
  std::chrono::nanoseconds Delay() {
    return faults_ && Chance(8) ? 100ms * static_cast<int>(random_.Below(80)) : 0ms;
  }

  void Start(int index) {
    const auto number = ++started_;
    auto one = std::make_unique<Candidate>("me-" + std::to_string(number), number);
    const auto at = static_cast<std::size_t>(index);
    if (at < all_.size()) {
      all_[at] = std::move(one);
    } else {
      all_.push_back(std::move(one));
    }
  }
  void Turn(Candidate& one) {
    Deliver(one);
    ShowWatch(one);
    for (const port::CallFailed& failed : one.calls.Expired(now())) {
      if (one.election.Owns(failed.id)) {
        one.election.Handle(failed, now());
      }
    }
    one.election.Saw(one.store, now());
    one.election.Serve(now(), one.calls, 0);
    one.election.TakeTermEnded();
    for (const port::SendRequest& sent : Only<port::SendRequest>(one.calls.Take())) {
      one.requests.push_back({time_ + Delay(), sent});
      if (faults_ && Chance(20)) {
        one.requests.push_back({time_ + Delay(), sent});
      }
    }
  }
  void Deliver(Candidate& one) {
    for (const Request& request : TakeDue(one.requests)) {
      const port::Response response = Apply(request.sent.request);
      if (!faults_ || !Chance(10)) {
        one.replies.push_back({time_ + Delay(), port::ResponseReceived{request.sent.id, response}});
      } else if (Chance(2)) {
        one.replies.push_back({time_, port::CallFailed{request.sent.id, {}}});
      }
    }
    for (const Reply& reply : TakeDue(one.replies)) {
      const auto id = one.calls.Accept(reply.event, now());
      if (id && one.election.Owns(*id)) {
        one.election.Handle(reply.event, now());
      }
    }
  }
  template <class T>
  std::vector<T> TakeDue(std::vector<T>& from) {
    std::vector<T> due;
    std::vector<T> later;
    for (T& one : from) {
      (one.arrives <= time_ ? due : later).push_back(std::move(one));
    }
    from = std::move(later);
    return due;
  }
  port::Response Apply(const port::Request& request) {
    const bool exists = !lease_.meta.resource_version.empty();
    if (request.method == port::Method::kGet) {
      return exists ? Answer(200, LeaseJson(lease_)) : Answer(404);
    }
    const api::Lease wanted = *codec::Decode<api::Lease>(request.body);
    const bool create = request.method == port::Method::kPost;
    if (create == exists || wanted.meta.resource_version != lease_.meta.resource_version) {
      return Answer(exists ? 409 : 404);
    }
    lease_ = wanted;
    lease_.meta.resource_version = std::to_string(++version_);
    return Answer(create ? 201 : 200, LeaseJson(lease_));
  }
  void ShowWatch(Candidate& one) {
    if (faults_ && Chance(100)) {
      one.watch_until = time_ + 100ms * static_cast<int>(random_.Below(300));
    }
    if (time_ < one.watch_until && faults_) {
      return;
    }
    if (one.store.resource_version() == std::to_string(version_)) {
      return;
    }
    std::vector<std::string> items;
    if (!lease_.meta.resource_version.empty()) {
      items.push_back(LeaseJson(lease_));
    }
    REQUIRE(one.store.OnPage(test::ListJson(std::to_string(version_), items), true));
    one.store.OnListComplete();
  }
  /// Nobody holds beside another, and every term has its own, higher epoch.
  void CheckTerms() {
    REQUIRE(holders() <= 1);
    for (auto& one : all_) {
      const std::int64_t epoch = one->election.Holds(now()) ? one->election.epoch() : 0;
      if (epoch != 0 && epoch != one->epoch) {
        REQUIRE(epoch > highest_);
        highest_ = epoch;
        ++terms_;
      }
      if (epoch != 0) {
        one->epoch = epoch;
      }
    }
  }

  base::Random random_;
  std::vector<std::unique_ptr<Candidate>> all_;
  api::Lease lease_ = test::LeaseOf("", "");
  std::uint64_t version_ = 10;
  std::uint64_t started_ = 0;
  std::chrono::nanoseconds time_{0};
  bool faults_ = false;
  std::int64_t highest_ = 0;
  int terms_ = 0;
};

TEST_CASE(
    "Through any history there is at most one holder, each term has a higher epoch, and "
    "peace brings a lasting leader",
    "[kube]") {
  int terms = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    INFO("seed " << seed);
    Candidates candidates(seed);
    for (int i = 0; i < 3000; ++i) {
      candidates.Step(true);
    }
    for (int i = 0; i < 300; ++i) {
      candidates.Step(false);
    }
    const int settled = candidates.terms();
    for (int i = 0; i < 600; ++i) {
      candidates.Step(false);
      REQUIRE(candidates.holders() == 1);
    }
    CHECK(candidates.terms() == settled);
    terms += candidates.terms();
  }
  CHECK(terms > 60);
}

}  // namespace
}  // namespace cu::kube
