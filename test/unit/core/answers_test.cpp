#include "core/answers.hpp"

#include <chrono>

#include <catch2/catch.hpp>

namespace cu::core {
namespace {

using planner::ActionKind;
using planner::Outcome;
using namespace std::chrono_literals;

base::Now At(std::chrono::milliseconds time) {
  return {base::WallTime(time), base::SteadyTime(time)};
}

AnswerBook::Asked Evict(std::vector<planner::BudgetRef> budgets = {}, bool room = false) {
  return {{{planner::ObjectKind::kPod, "team-a/web-0"}, "uid-1", ActionKind::kEvict},
          "body",
          std::move(budgets),
          room};
}

Judgement Judged(Outcome verdict, std::optional<std::chrono::seconds> retry_after = std::nullopt) {
  return {verdict, "said the server", retry_after};
}

/// The delay that the last answer to Evict() set, from `now` on.
std::chrono::milliseconds Delay(const AnswerBook& book, base::Now now) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
      book.answers().at(Evict().key).not_before - now.steady);
}

TEST_CASE("a node that was released may be cordoned and marked again at once", "[core]") {
  const auto act = [](ActionKind verb, const std::string& uid = "uid-1") {
    return AnswerBook::Asked{{{planner::ObjectKind::kNode, "a"}, uid, verb}, "body", {}, false};
  };
  const std::map<ActionKind, ActionKind> undone_by = {
      {ActionKind::kCordon, ActionKind::kRelease},
      {ActionKind::kAnnounce, ActionKind::kRelease},
      {ActionKind::kSetHints, ActionKind::kClearHints},
      {ActionKind::kClearHints, ActionKind::kSetHints},
      {ActionKind::kRelease, ActionKind::kCordon}};
  for (const auto& [done, undoing] : undone_by) {
    AnswerBook book(7);
    book.Record(act(done), Judged(Outcome::kAccepted), At(0s));
    book.Record(act(done, "uid-2"), Judged(Outcome::kAccepted), At(0s));
    CHECK_FALSE(book.Allows(act(done), At(1s).steady));
    book.Record(act(undoing), Judged(Outcome::kConflict), At(1s));
    CHECK_FALSE(book.Allows(act(done), At(1s).steady));
    book.Record(act(undoing), Judged(Outcome::kAccepted), At(2s));
    CHECK(book.Allows(act(done), At(2s).steady));
    CHECK_FALSE(book.answers().contains(act(done).key));
    CHECK_FALSE(book.Allows(act(done, "uid-2"), At(2s).steady));
  }
}

TEST_CASE("each verdict holds its act back for its own time, at most a quarter longer", "[core]") {
  const std::map<Outcome, std::chrono::milliseconds> first = {{Outcome::kAccepted, 10s},
                                                              {Outcome::kNoBudget, 5s},
                                                              {Outcome::kBudgetStale, 10s},
                                                              {Outcome::kOverload, 1s},
                                                              {Outcome::kTwoBudgets, 30s},
                                                              {Outcome::kTerminating, 5s},
                                                              {Outcome::kGone, 10s},
                                                              {Outcome::kConflict, 200ms},
                                                              {Outcome::kExists, 1s},
                                                              {Outcome::kInvalid, 30s},
                                                              {Outcome::kForbidden, 30s},
                                                              {Outcome::kUnknown, 1s}};
  for (const auto& [verdict, least] : first) {
    AnswerBook book(7);
    book.Record(Evict(), Judged(verdict), At(0s));
    CHECK(Delay(book, At(0s)) >= least);
    CHECK(Delay(book, At(0s)) <= least + least / 4);
  }
}

TEST_CASE("a Job that exists but is not seen yet is not created again soon", "[core]") {
  const AnswerBook::Asked create{
      {{planner::ObjectKind::kJob, "cu-a"}, "uid-1", ActionKind::kCreateJob}, "body", {}, false};
  AnswerBook book(7);
  book.Record(create, Judged(Outcome::kExists), At(0s));
  CHECK_FALSE(book.Allows(create, At(10s - 1ms).steady));
  CHECK(book.Allows(create, At(13s).steady));
}

TEST_CASE("the same verdict again doubles the delay up to its cap and keeps its first time",
          "[core]") {
  AnswerBook book(1);
  for (int attempt = 1; attempt <= 20; ++attempt) {
    book.Record(Evict(), Judged(Outcome::kNoBudget), At(attempt * 1s));
    CHECK(book.answers().at(Evict().key).attempts == attempt);
  }
  CHECK(Delay(book, At(20s)) >= 30s);
  CHECK(Delay(book, At(20s)) <= 37500ms);
  CHECK(book.answers().at(Evict().key).since == At(1s).wall);

  book.Record(Evict(), Judged(Outcome::kUnknown), At(21s));
  CHECK(book.answers().at(Evict().key).attempts == 1);
  CHECK(book.answers().at(Evict().key).since == At(21s).wall);
}

TEST_CASE("a conflict with another field manager is asked about ever more rarely", "[core]") {
  AnswerBook book(3);
  const planner::ActionKey mark{{planner::ObjectKind::kNode, "n1"}, "uid", ActionKind::kSetHints};
  for (int attempt = 0; attempt < 10; ++attempt) {
    book.Record({mark, "", {}, false}, Judged(Outcome::kConflict), At(0s));
  }
  CHECK(book.answers().at(mark).not_before >= At(60s).steady);
}

TEST_CASE("nothing is sent sooner than Retry-After says", "[core]") {
  for (const Outcome verdict : {Outcome::kOverload,
                                Outcome::kBudgetStale,
                                Outcome::kUnknown,
                                Outcome::kConflict,
                                Outcome::kForbidden}) {
    AnswerBook book(3);
    book.Record(Evict(), Judged(verdict, 120s), At(0s));
    CHECK(Delay(book, At(0s)) >= 120s);
    CHECK_FALSE(book.Allows(Evict({{"b", "2"}}, true), At(119s).steady));
  }
}

TEST_CASE("an accepted act holds back its repetition but not a changed wish", "[core]") {
  AnswerBook book(3);
  const planner::ActionKey cordon{{planner::ObjectKind::kNode, "n1"}, "uid", ActionKind::kCordon};
  book.Record({cordon, "first", {}, false}, Judged(Outcome::kAccepted), At(0s));
  CHECK_FALSE(book.Allows({cordon, "first", {}, false}, At(1s).steady));
  CHECK(book.Allows({cordon, "second", {}, false}, At(1s).steady));
  CHECK(book.Allows({cordon, "first", {}, false}, At(13s).steady));
}

TEST_CASE("room under another version of the budget allows an early try", "[core]") {
  AnswerBook book(3);
  book.Record(Evict({{"team-a/web", "7"}}), Judged(Outcome::kNoBudget), At(0s));
  CHECK_FALSE(book.Allows(Evict({{"team-a/web", "7"}}, true), At(1s).steady));
  CHECK_FALSE(book.Allows(Evict({{"team-a/web", "8"}}, false), At(1s).steady));
  CHECK(book.Allows(Evict({{"team-a/web", "8"}}, true), At(1s).steady));
}

TEST_CASE("a pod under two budgets is tried early once one with room is left", "[core]") {
  AnswerBook book(3);
  book.Record(
      Evict({{"team-a/api", "1"}, {"team-a/web", "7"}}), Judged(Outcome::kTwoBudgets), At(0s));
  CHECK_FALSE(book.Allows(Evict({{"team-a/api", "2"}, {"team-a/web", "7"}}, false), At(1s).steady));
  CHECK(book.Allows(Evict({{"team-a/web", "7"}}, true), At(1s).steady));
}

TEST_CASE("an answer is dropped once it holds nothing back and no plan lists its act", "[core]") {
  AnswerBook book(3);
  book.Record(Evict(), Judged(Outcome::kGone), At(0s));
  book.Prune({}, At(500ms).steady);
  CHECK(book.answers().size() == 1);
  book.Prune({Evict().key}, At(13s).steady);
  CHECK(book.answers().size() == 1);
  book.Prune({}, At(13s).steady);
  CHECK(book.answers().empty());
}

TEST_CASE("an accepted act that no plan lists any more wakes nobody", "[core]") {
  AnswerBook book(3);
  book.Record(Evict(), Judged(Outcome::kAccepted), At(0s));
  CHECK_FALSE(book.NextAfter({}, At(0s).steady));
  CHECK(book.NextAfter({Evict().key}, At(0s).steady));
  book.Record(Evict(), Judged(Outcome::kUnknown), At(1s));
  CHECK(book.NextAfter({}, At(1s).steady));
}

TEST_CASE("equal seeds draw equal delays", "[core]") {
  AnswerBook one(9);
  AnswerBook two(9);
  for (AnswerBook* book : {&one, &two}) {
    book->Record(Evict(), Judged(Outcome::kTwoBudgets), At(0s));
  }
  CHECK(Delay(one, At(0s)) == Delay(two, At(0s)));
}

}  // namespace
}  // namespace cu::core
