#include "core/actions/retry_table.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "unit/core/actions/played.hpp"

namespace cu::core {
namespace {

using planner::Outcome;
using Permit = RetryTable::Permit;
using namespace std::chrono_literals;

base::Now At(std::chrono::milliseconds time) {
  return {base::WallTime(time), base::SteadyTime(time)};
}

template <class A>
RetryTable::Asked AskedFor(const A& action) {
  return {planner::KeyOf(action), HandlingOf(action), std::nullopt};
}

RetryTable::Asked Evict(std::vector<planner::BudgetRef> budgets = {}, bool ready = true) {
  return {planner::KeyOf(kEvict),
          HandlingOf(kEvict),
          planner::EvictionFacts{std::move(budgets), ready}};
}

Judgement Said(Outcome outcome, std::optional<std::chrono::seconds> retry_after = std::nullopt) {
  return {outcome, "said the server", retry_after};
}

bool MaySend(const RetryTable& table,
             const RetryTable::Asked& asked,
             const std::string& body,
             base::Now now) {
  const Permit permit = table.Allows(asked, now.steady);
  return permit == Permit::kSend ||
         (permit == Permit::kSendIfChanged && !table.Repeats(asked.key, body));
}

/// Which actions a plan wants.
auto Only(std::set<planner::ActionKey> keys) {
  return [keys = std::move(keys)](const planner::ActionKey& key) { return keys.contains(key); };
}

/// The delay that the last answer to `key` set, from `now` on.
std::chrono::milliseconds Delay(const RetryTable& table,
                                base::Now now,
                                const planner::ActionKey& key = Evict().key) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(table.results().at(key).not_before -
                                                               now.steady);
}

TEST_CASE("a node that was released may be cordoned and marked again at once", "[core]") {
  const std::vector<std::pair<RetryTable::Asked, RetryTable::Asked>> undone_by = {
      {AskedFor(kCordon), AskedFor(kRelease)},
      {AskedFor(kAnnounce), AskedFor(kRelease)},
      {AskedFor(kCordon), AskedFor(kKeepCordon)},
      {AskedFor(kAnnounce), AskedFor(kKeepCordon)},
      {AskedFor(kSetHints), AskedFor(kClearHints)},
      {AskedFor(kClearHints), AskedFor(kSetHints)},
      {AskedFor(kKeepCordon), AskedFor(kCordon)},
      {AskedFor(kRelease), AskedFor(kCordon)}};
  for (const auto& [done, undoing] : undone_by) {
    RetryTable::Asked other = done;
    other.key.uid = "uid-2";
    RetryTable table(7);
    table.Record(done, "body", Said(Outcome::kAccepted), At(0s));
    table.Record(other, "body", Said(Outcome::kAccepted), At(0s));
    CHECK_FALSE(MaySend(table, done, "body", At(1s)));
    table.Record(undoing, "body", Said(Outcome::kConflict), At(1s));
    CHECK_FALSE(MaySend(table, done, "body", At(1s)));
    table.Record(undoing, "body", Said(Outcome::kAccepted), At(2s));
    CHECK(table.Allows(done, At(2s).steady) == Permit::kSend);
    CHECK_FALSE(table.results().contains(done.key));
    CHECK_FALSE(MaySend(table, other, "body", At(2s)));
  }
}

TEST_CASE("each outcome holds its action back for its own time, at most a quarter longer",
          "[core]") {
  const std::map<Outcome, std::chrono::milliseconds> first = {{Outcome::kAccepted, 10s},
                                                              {Outcome::kNoBudget, 5s},
                                                              {Outcome::kBudgetStale, 10s},
                                                              {Outcome::kOverload, 1s},
                                                              {Outcome::kTwoBudgets, 30s},
                                                              {Outcome::kTerminating, 5s},
                                                              {Outcome::kGone, 10s},
                                                              {Outcome::kConflict, 5s},
                                                              {Outcome::kInvalid, 30s},
                                                              {Outcome::kForbidden, 10s},
                                                              {Outcome::kDenied, 5s},
                                                              {Outcome::kUnjudged, 30s},
                                                              {Outcome::kUnknown, 1s}};
  for (const auto& [outcome, least] : first) {
    RetryTable table(7);
    table.Record(Evict(), "body", Said(outcome), At(0s));
    CHECK(Delay(table, At(0s)) >= least);
    CHECK(Delay(table, At(0s)) <= least + least / 4);
  }
}

TEST_CASE("what is gone, or exists, is asked about after a second by most actions", "[core]") {
  for (const Outcome outcome : {Outcome::kGone, Outcome::kExists}) {
    RetryTable table(7);
    table.Record(AskedFor(kSavePod), "body", Said(outcome), At(0s));
    CHECK(Delay(table, At(0s), AskedFor(kSavePod).key) >= 1s);
    CHECK(Delay(table, At(0s), AskedFor(kSavePod).key) <= 1250ms);
  }
}

TEST_CASE("a Job that exists but is not seen yet is not created again soon", "[core]") {
  const RetryTable::Asked create = AskedFor(kCreateJob);
  RetryTable table(7);
  table.Record(create, "body", Said(Outcome::kExists), At(0s));
  CHECK_FALSE(MaySend(table, create, "body", At(10s - 1ms)));
  CHECK_FALSE(MaySend(table, create, "another body", At(10s - 1ms)));
  CHECK(MaySend(table, create, "body", At(13s)));
}

TEST_CASE("the same outcome again doubles the delay up to its cap and keeps its first time",
          "[core]") {
  RetryTable table(1);
  for (int attempt = 1; attempt <= 20; ++attempt) {
    table.Record(Evict(), "body", Said(Outcome::kNoBudget), At(attempt * 1s));
    CHECK(table.results().at(Evict().key).attempts == attempt);
  }
  CHECK(Delay(table, At(20s)) >= 30s);
  CHECK(Delay(table, At(20s)) <= 37500ms);
  CHECK(table.results().at(Evict().key).since == At(1s).wall);

  table.Record(Evict(), "body", Said(Outcome::kUnknown), At(21s));
  CHECK(table.results().at(Evict().key).attempts == 1);
  CHECK(table.results().at(Evict().key).since == At(21s).wall);
}

TEST_CASE("delays double from answer to answer", "[core]") {
  const std::map<Outcome, std::pair<std::chrono::milliseconds, std::chrono::milliseconds>> all = {
      {Outcome::kNoBudget, {5s, 30s}},
      {Outcome::kOverload, {1s, 30s}},
      {Outcome::kUnknown, {1s, 30s}},
      {Outcome::kConflict, {5s, 10s}},
      {Outcome::kInvalid, {30s, 300s}},
      {Outcome::kForbidden, {10s, 60s}},
      {Outcome::kDenied, {5s, 60s}}};
  for (const auto& [outcome, range] : all) {
    RetryTable table(5);
    std::chrono::milliseconds least = range.first;
    for (int attempt = 0; attempt < 10; ++attempt) {
      table.Record(Evict(), "body", Said(outcome), At(0s));
      CHECK(Delay(table, At(0s)) >= least);
      CHECK(Delay(table, At(0s)) <= least + least / 4);
      least = std::min(2 * least, range.second);
    }
  }
}

TEST_CASE("a conflict with another field manager is asked about ever more rarely", "[core]") {
  RetryTable table(3);
  for (int attempt = 0; attempt < 10; ++attempt) {
    table.Record(AskedFor(kSetHints), "", Said(Outcome::kConflict), At(0s));
  }
  CHECK(table.results().at(AskedFor(kSetHints).key).not_before >= At(60s).steady);
}

TEST_CASE("nothing is sent sooner than Retry-After says", "[core]") {
  for (const Outcome outcome : {Outcome::kOverload,
                                Outcome::kBudgetStale,
                                Outcome::kUnknown,
                                Outcome::kConflict,
                                Outcome::kForbidden,
                                Outcome::kDenied}) {
    RetryTable table(3);
    table.Record(Evict(), "body", Said(outcome, 120s), At(0s));
    CHECK(Delay(table, At(0s)) >= 120s);
    CHECK(table.Allows(Evict({{"b", "2", true}}, false), At(119s).steady) == Permit::kHold);
  }
}

TEST_CASE("a Retry-After that is shorter than the usual delay replaces it for a busy server alone",
          "[core]") {
  for (const Outcome outcome : {Outcome::kOverload, Outcome::kBudgetStale}) {
    RetryTable table(3);
    table.Record(Evict(), "body", Said(outcome, 0s), At(0s));
    CHECK(Delay(table, At(0s)) == 0ms);
  }
  RetryTable table(3);
  table.Record(Evict(), "body", Said(Outcome::kForbidden, 1s), At(0s));
  CHECK(Delay(table, At(0s)) >= 10s);
}

TEST_CASE("an accepted action holds back its repetition but not a changed wish", "[core]") {
  RetryTable table(3);
  const RetryTable::Asked cordon = AskedFor(kCordon);
  CHECK(table.Allows(cordon, At(0s).steady) == Permit::kSend);
  table.Record(cordon, "first", Said(Outcome::kAccepted), At(0s));
  CHECK(table.Allows(cordon, At(1s).steady) == Permit::kSendIfChanged);
  CHECK(table.Repeats(cordon.key, "first"));
  CHECK_FALSE(table.Repeats(cordon.key, "second"));
  CHECK_FALSE(MaySend(table, cordon, "first", At(1s)));
  CHECK(MaySend(table, cordon, "second", At(1s)));
  CHECK(table.Allows(cordon, At(13s).steady) == Permit::kSend);
}

TEST_CASE("an action that was refused is held back however its wish has changed", "[core]") {
  RetryTable table(3);
  const RetryTable::Asked cordon = AskedFor(kCordon);
  table.Record(cordon, "first", Said(Outcome::kAccepted), At(0s));
  table.Record(cordon, "second", Said(Outcome::kForbidden), At(1s));
  CHECK(table.Allows(cordon, At(2s).steady) == Permit::kHold);
  CHECK_FALSE(MaySend(table, cordon, "third", At(2s)));
}

TEST_CASE("an eviction goes at once when its last answer is outdated", "[core]") {
  const auto may = [](Outcome said, const RetryTable::Asked& then, const RetryTable::Asked& now) {
    RetryTable table(3);
    table.Record(then, "body", Said(said), At(0s));
    return table.Allows(now, At(1s).steady) == Permit::kSend;
  };
  const RetryTable::Asked full = Evict({{"team-a/web", "7", false}});
  CHECK_FALSE(may(Outcome::kNoBudget, full, full));
  CHECK(may(Outcome::kNoBudget, full, Evict({{"team-a/web", "8", true}})));
  CHECK(may(Outcome::kNoBudget, full, Evict({})));
  CHECK(may(Outcome::kDenied, full, Evict({{"team-a/web", "7", false}}, false)));
  CHECK_FALSE(may(Outcome::kUnknown, full, Evict({})));
}

TEST_CASE("a right that is there again for one object is there for all of its kind", "[core]") {
  RetryTable table(3);
  const auto evict = [](const char* ns, const char* name) {
    return AskedFor(planner::EvictPod{ns, name, "uid", {}, {}});
  };
  const std::vector<RetryTable::Asked> freed = {evict("team", "a"), evict("team", "b")};
  const std::vector<RetryTable::Asked> held = {evict("other", "a"),
                                               AskedFor(planner::DeletePod{"team", "a", "uid"})};
  for (const auto& list : {freed, held}) {
    for (const RetryTable::Asked& asked : list) {
      table.Record(asked, "", Said(Outcome::kForbidden), At(0s));
    }
  }
  table.Record(evict("team", "c"), "", Said(Outcome::kForbidden, 60s), At(0s));
  table.Record(evict("team", "d"), "", Said(Outcome::kAccepted), At(1s));
  for (const RetryTable::Asked& asked : freed) {
    CHECK(table.Allows(asked, At(1s).steady) == Permit::kSend);
  }
  for (const RetryTable::Asked& asked : held) {
    CHECK(table.Allows(asked, At(1s).steady) == Permit::kHold);
  }
  CHECK(table.Allows(evict("team", "c"), At(1s).steady) == Permit::kHold);
}

TEST_CASE("a result is dropped once it holds nothing back and no plan wants its action", "[core]") {
  RetryTable table(3);
  table.Record(Evict(), "body", Said(Outcome::kGone), At(0s));
  table.Prune(Only({}), At(500ms).steady);
  CHECK(table.results().size() == 1);
  table.Prune(Only({Evict().key}), At(13s).steady);
  CHECK(table.results().size() == 1);
  table.Prune(Only({}), At(13s).steady);
  CHECK(table.results().empty());
}

TEST_CASE("an accepted action that no plan wants any more wakes nobody", "[core]") {
  RetryTable table(3);
  table.Record(Evict(), "body", Said(Outcome::kAccepted), At(0s));
  CHECK_FALSE(table.NextAfter(Only({}), At(0s).steady));
  CHECK(table.NextAfter(Only({Evict().key}), At(0s).steady));
  table.Record(Evict(), "body", Said(Outcome::kUnknown), At(1s));
  CHECK(table.NextAfter(Only({}), At(1s).steady));
}

TEST_CASE("the next that a plan may wait for is the earliest that is still to come", "[core]") {
  RetryTable table(3);
  table.Record(Evict(), "body", Said(Outcome::kForbidden), At(0s));
  table.Record(AskedFor(kDeletePod), "body", Said(Outcome::kConflict), At(0s));
  const auto first = table.results().at(AskedFor(kDeletePod).key).not_before;
  const auto second = table.results().at(Evict().key).not_before;
  CHECK(table.NextAfter(Only({}), At(0s).steady) == first);
  CHECK(table.NextAfter(Only({}), first) == second);
  CHECK_FALSE(table.NextAfter(Only({}), second));
  CHECK(table.Allows(Evict(), second - 1ns) == Permit::kHold);
  CHECK(table.Allows(Evict(), second) == Permit::kSend);
}

TEST_CASE("each answer is counted, and says what the server said", "[core]") {
  RetryTable table(3);
  CHECK(table.recorded() == 0);
  table.Record(Evict({{"team-a/web", "7"}}), "body", Said(Outcome::kNoBudget), At(0s));
  CHECK(table.results().at(Evict().key).message == "said the server");
  CHECK(table.results().at(Evict().key).facts ==
        planner::EvictionFacts{{{"team-a/web", "7"}}, true});
  CHECK_FALSE(table.results().at(Evict().key).told_to_wait);
  table.Record(Evict(), "body", Said(Outcome::kUnknown, 1s), At(0s));
  CHECK(table.results().at(Evict().key).facts == planner::EvictionFacts{});
  CHECK(table.results().at(Evict().key).told_to_wait);
  CHECK(table.recorded() == 2);
}

TEST_CASE("equal seeds draw equal delays", "[core]") {
  RetryTable one(9);
  RetryTable two(9);
  for (RetryTable* table : {&one, &two}) {
    table->Record(Evict(), "body", Said(Outcome::kTwoBudgets), At(0s));
  }
  CHECK(Delay(one, At(0s)) == Delay(two, At(0s)));
}

}  // namespace
}  // namespace cu::core
